"""The two fractions by which the procedure is judged (III.2), and the contract control behind the second.

`fraction` says what a quotient comes to and whether it is accepted, `criteria` what "eficientemente" asks (G-01),
`cases` whether a case met it, `controls` whether a contract control did (G-03), `terms` how months, quarters and
years add up (G-06).
"""
