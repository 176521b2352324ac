"""What people see: the `rag` command and the chat page. Only this package prints and exits."""
