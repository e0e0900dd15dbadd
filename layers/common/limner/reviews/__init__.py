"""Review: what of a tenant's pictures a person decides about before it is shown, and what was decided.

`certainty` says which pictures the gates are sure of, `review` what is known of the others, `publication`
which pictures of a photo may be shown, `decisions` what a person decides.
docs/decisions/0225 says why.
"""
