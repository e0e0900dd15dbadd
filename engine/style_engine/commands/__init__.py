"""The commands of `python -m style_engine`, one module each; they open files by the package `photo_files`."""
