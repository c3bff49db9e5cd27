"""What is to be done and by whom: tasks, attachments, visits, letters, stand-ins."""
