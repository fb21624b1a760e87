"""What other rooms and screens ask of receivables."""

from mayorista.apps.receivables.queries.balances import Balance, balances_of, open_balances

__all__ = ["Balance", "balances_of", "open_balances"]
