"""Where content comes from: folders and URLs, each read with the distrust that it deserves."""
