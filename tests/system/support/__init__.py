"""What the system tests share: the server as a child process, HTTP, the contract, histories."""
