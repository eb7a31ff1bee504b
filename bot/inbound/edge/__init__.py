"""Where the world reaches us: sockets, HTTP, and what is looked at before anything is believed."""
