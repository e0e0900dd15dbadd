"""Numbers of a model on held-out photos: `python -m training.quality --model DIR --data DIR --start FILE`.

SL is the mean over relu1_1 … 4_1 of MSE(mean) + MSE(std) against the style; gain is 1 - SL(result) / SL(photo).
Painted styles are held against their painting, drawn ones against the drawing of the same photo.
"""
