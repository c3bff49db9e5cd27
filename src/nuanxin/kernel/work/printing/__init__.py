"""Letters on paper, in the layout of GB/T 9704-2012 without its red: docx to be edited, PDF to be printed."""
