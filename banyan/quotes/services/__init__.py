"""What people do with quotes: begin, revise, send, accept, decline, and make them into orders and contracts."""
