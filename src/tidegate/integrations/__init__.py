"""What runs inside of other systems and tells Tidegate of them. Nothing here knows the server's code: it speaks over HTTP."""
