"""What an index holds, drawn as one page of HTML: see `figures` for what is told, and `page` for how."""
