"""An administrator links somebody's identity at the provider to their account, from the shell."""

from tests.acceptance.command_line import shell

PROVIDER = {"TIDEGATE_OIDC_ISSUER": "https://id.example", "TIDEGATE_OIDC_CLIENT_ID": "tidegate"}


def test_an_identity_is_linked_on_record() -> None:
    with shell(held=True) as home:
        person = home.json("person", "add", "ada", "--role", "viewer")["id"]
        alone = home.run("person", "identity", "ada", "4711")
        assert (alone.returncode, alone.stderr) == (2, "tidegate: Signing in with an identity provider is not set up here.\n")
        linked = home.json("person", "identity", "ada", "4711", "--reason", "night shift", **PROVIDER)
        (event,) = home.json("audit", "--action", "person.identity_link")["events"]
        assert (event["id"], event["body"]["target"]["id"]) == (linked["audit_event_id"], person)
        assert event["body"]["after"] == {"issuer": "https://id.example", "subject": "4711", "person": person}
        assert event["body"]["reason"] == "night shift"
        again = home.run("person", "identity", "ada", "4711", **PROVIDER)
        assert (again.returncode, again.stderr) == (2, "tidegate: This identity is linked to this person already.\n")
