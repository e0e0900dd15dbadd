"""Which finished picture of a photo a visitor of the shop is shown: a contextual bandit over looks.

`arms` names what is learned about, `rates` estimates and chooses, `decay` weighs older visits less,
`visitor_events` is what a shop reports, `experiment` and `offline` are the reports.
docs/decisions/0232 to 0235 say why.
"""
