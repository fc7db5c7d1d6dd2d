"""What people do with papers: letterhead, texts, rendering, keeping."""
