"""What does the authorizer tell the functions? `calls` reads it back."""

from oncepay.domain.principal import Principal


def authorizer_context(principal: Principal, expires_at: str | None) -> dict[str, str]:
    """What the authorizer tells the functions: strings only, as API Gateway wants it."""
    context = {"key_id": principal.key_id, "scopes": " ".join(sorted(principal.scopes))}
    if principal.merchant_id is not None:
        context["merchant_id"] = principal.merchant_id
    if principal.fee_basis_points is not None:
        context["fee_basis_points"] = str(principal.fee_basis_points)
    if principal.shards > 1:
        context["shards"] = str(principal.shards)
    if expires_at is not None:
        context["expires_at"] = expires_at
    return context
