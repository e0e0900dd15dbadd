"""Pictures for marketplaces: measures of what their rules ask of the pixels, and the product on a canvas."""
