"""How it looks: domain value to Block Kit or document, pure."""
