"""Styles found by words in six languages: a query becomes ranked styles and a look that is ready to order.

The words are in `words/`: for each language what styles, moods, amounts and protections are called;
`moods.json` says which styles suit a mood, `artists.json` which style a name stands for.
"""
