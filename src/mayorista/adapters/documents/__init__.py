"""Documents on paper: PDF/A by typst, with templates and fonts that travel in the package."""
