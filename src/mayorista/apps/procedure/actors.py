"""Who acts: a person in a role (perhaps for another), or a named job."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from mayorista.rules.errors import NotAllowed
from mayorista.rules.procedure import ROLE_SHORT, WHO_MAY, Act, Role


@dataclass(frozen=True, slots=True)
class Actor:
    """The author of an operation.

    `roles` are all that the person may act in now, own and delegated; `delegated` maps a delegated
    role to the user it comes from. A job has a name and no user; it may do what its operation does.
    """

    user_id: int | None
    roles: frozenset[Role] = frozenset()
    delegated: tuple[tuple[Role, int], ...] = ()
    job: str = ""
    name: str = ""

    @property
    def is_job(self) -> bool:
        """Whether this is the system itself."""
        return self.user_id is None

    @property
    def person(self) -> int:
        """The user's id; raises NotAllowed for a job, where the act is a person's."""
        if self.user_id is None:
            raise NotAllowed(_("Este acto lo realiza una persona, no un proceso."))
        return self.user_id

    def acting_role(self, act: Act) -> Role | None:
        """The role in which this act is done: an own one first, then a delegated one."""
        fitting = self.roles & WHO_MAY[act]
        lent = {role for role, _user in self.delegated}
        for role in sorted(fitting, key=lambda role: (role in lent, list(Role).index(role))):
            return role
        return None

    def on_behalf_of(self, role: Role | None) -> int | None:
        """The user whose role is used, when it is a delegated one."""
        return dict(self.delegated).get(role) if role else None

    def may(self, act: Act) -> bool:
        """Whether this actor may do `act`."""
        return self.is_job or self.acting_role(act) is not None


def for_job(name: str) -> Actor:
    """Return the actor for a named background job."""
    return Actor(user_id=None, job=name, name=name)


def require(actor: Actor, act: Act) -> Role | None:
    """Return the role in which `actor` does `act`; raise NotAllowed when no role of it may."""
    if actor.is_job:
        return None
    role = actor.acting_role(act)
    if role is None:
        who = ", ".join(ROLE_SHORT[role] for role in Role if role in WHO_MAY[act])
        raise NotAllowed(
            _("Su rol no puede realizar este acto."),
            remedy=_("Corresponde a: %(who)s.") % {"who": who},
        )
    return role
