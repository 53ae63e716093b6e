"""Other people's uploaders, for figures beside ours; each finds its token in UPLOAD_TOKEN."""
