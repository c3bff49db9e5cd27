"""Starting from a bureau's own files: declared tables read, checked whole, signed by two, loaded without doubles."""
