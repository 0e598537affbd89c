"""The one door: who may, whether it was asked before, and that it is on record; and how people prove who they are."""

from faults.guards.guard import Guard

DOOR = "src/tidegate/operations/door.py"
DOOR_SQL = "src/tidegate/operations/door.sql"
POLICY = "src/tidegate/access/policy.py"
PEOPLE = "src/tidegate/access/people.sql"
PEOPLE_PY = "src/tidegate/access/people.py"
KNOWING = "src/tidegate/operations/knowing.py"
IDENTITIES = "src/tidegate/access/identities.sql"
IDENTITIES_PY = "src/tidegate/access/identities.py"
ID_TOKENS = "src/tidegate/access/id_tokens.py"
CREDENTIALS = "src/tidegate/access/credentials.py"

RETRY = ("tests/operations/test_retry.py",)
KEYS = ("tests/operations/test_idempotency.py",)
AT_ONCE = ("tests/operations/test_idempotency.py::test_one_that_comes_while_the_same_is_carried_out_waits_for_its_answer",)
REASONS = ("tests/operations/test_reasons.py",)
MATRIX = ("tests/unit/access/test_policy.py",)
WHO = ("tests/operations/test_people.py", "tests/operations/test_accounts.py", "tests/storage/test_ways_in.py")
TWO = ("tests/operations/test_people.py::test_of_two_administrators_who_go_at_once_one_stays",)
WAYS_IN = ("tests/storage/test_ways_in.py",)
KNOWN = ("tests/operations/test_knowing.py",)
PROVIDER = ("tests/operations/test_single_sign_on.py",)
TOKENS = ("tests/unit/access/test_oidc_id_tokens.py",)

RECORDED = """        return await record.record(
            self.connection, actor or self.actor, self.action, target, reason=reason, before=before, after=after,
            id=id, parent_id=parent_id, request_id=self.asking.request_id,
        )  # fmt: skip"""
KEPT = """    await SQL.run(door.connection, "keep", actor_id=actor_id, key=key, fingerprint=fingerprint, response=response)
"""
SPENT = """DELETE FROM pending_sign_in WHERE secret_hash = %(secret_hash)s
RETURNING return_to, expires_at > now() AS holds"""
LOOKED_AT = """SELECT return_to, expires_at > now() AS holds
FROM pending_sign_in WHERE secret_hash = %(secret_hash)s"""

GUARDS = (
    Guard(DOOR, "", "                policy.authorise(actor, command.permission)", "                pass", RETRY),
    Guard(DOOR, "", "actor = await current_actor(connection, asking.actor)", "actor = asking.actor", RETRY),
    Guard(DOOR, "", '                await SQL.run(connection, "lock_people")', "                pass", TWO),
    Guard(DOOR, "", "if person is None or person.disabled:", "if person is None:", WHO),
    Guard(DOOR, "", "if person is None or person.disabled:", "assert person\n    if person.disabled:", WAYS_IN),
    Guard(DOOR, "", "person.role, actor.credential_id, actor.scopes,", "person.role, actor.credential_id, None,", RETRY),
    Guard(DOOR, "", "actor.scopes, person.reads_content)", "actor.scopes, actor.reads_content)", WAYS_IN),
    Guard(DOOR, "", "isinstance(refusal, Forbidden | Unauthenticated)", "isinstance(refusal, Unauthenticated)", RETRY),
    Guard(DOOR, "", "isinstance(refusal, Forbidden | Unauthenticated)", "isinstance(refusal, Forbidden)", RETRY),
    Guard(DOOR, "", "            await _record_denied(services, asking, command, refusal)", "            pass", RETRY),
    Guard(DOOR, "", "outcome=AuditOutcome.DENIED,", "outcome=AuditOutcome.ALLOWED,", RETRY),
    Guard(DOOR, "", "reason[:DENIED_REASON_LIMIT]", "reason", REASONS),
    Guard(DOOR, "", '.replace("\\x00", "\\ufffd")', "", REASONS),
    Guard(DOOR, "", RECORDED, "        return id or UUID(int=0)", RETRY),
    Guard(DOOR, "", "            self.connection, actor or self.actor,", "            self.connection, self.actor,", WHO),
    Guard(DOOR, "", '    await SQL.run(door.connection, "lock_key", key=f"{actor_id}/{key}")\n', "", AT_ONCE),
    Guard(DOOR, "", "if kept.fingerprint != fingerprint:", "if not kept.fingerprint:", KEYS),
    Guard(DOOR, "", "    if kept is not None:", "    if kept is not None and not fingerprint:", KEYS),
    Guard(DOOR, "", "type(command).__name__.encode() + ", "", KEYS),
    Guard(DOOR, "", KEPT, "", KEYS),
    Guard(DOOR_SQL, "get_kept", "actor_id = %(actor_id)s AND ", "", KEYS),
    Guard(DOOR_SQL, "get_kept", " AND key = %(key)s", "", KEYS),
    Guard(POLICY, "", "    if actor.role is None:\n", "    if actor.role is None and permission is None:\n", MATRIX),
    Guard(POLICY, "", "    if not may(actor, permission):\n", "    if not may(actor, permission) and actor is None:\n", MATRIX),
    Guard(POLICY, "", "held if actor.scopes is None else held & actor.scopes", "held", MATRIX),
    Guard(POLICY, "", "else held & actor.scopes", "else actor.scopes", MATRIX),
    Guard(POLICY, "", "    if actor.reads_content:\n", "    if actor:\n", MATRIX),
    Guard(POLICY, "", "MATRIX[actor.role] if actor.role else frozenset()", "MATRIX[actor.role or Role.VIEWER]", MATRIX),
    Guard(PEOPLE, "get_standing", " AND g.revoked_at IS NULL", "", WHO),
    Guard(PEOPLE, "get_standing", "FOR SHARE OF p", "", WAYS_IN),
    Guard(PEOPLE, "person_by_login", " AND g.revoked_at IS NULL", "", WAYS_IN),
    Guard(PEOPLE, "lock_person", " FOR UPDATE", "", WAYS_IN),
    Guard(PEOPLE, "add_person", "ON CONFLICT (login) DO NOTHING", "", WHO),
    Guard(PEOPLE, "set_reads_content", " AND reads_content <> %(reads_content)s", "", WHO),
    Guard(PEOPLE, "revoke_role", "person_id = %(person_id)s AND ", "", WAYS_IN),
    Guard(PEOPLE, "revoke_role", " AND revoked_at IS NULL", "", WAYS_IN),
    Guard(PEOPLE, "has_admin", " AND g.revoked_at IS NULL", "", WHO),
    Guard(PEOPLE, "has_admin", " AND p.disabled_at IS NULL", "", WHO),
    Guard(PEOPLE, "has_admin", "g.role = 'admin' AND ", "", WHO),
    Guard(PEOPLE, "came_by_link", " AND by_link", "", WHO),
    Guard(PEOPLE, "came_by_link", " AND created_at > now() - make_interval(secs => %(seconds)s)", " AND %(seconds)s > 0", WHO),
    Guard(PEOPLE, "spend_link_proof", " AND by_link", "", WAYS_IN),
    Guard(PEOPLE, "session_person", " AND p.disabled_at IS NULL", "", WAYS_IN),
    Guard(PEOPLE, "session_person", " AND g.revoked_at IS NULL", "", WHO),
    Guard(PEOPLE, "session_person", " AND s.revoked_at IS NULL", "", WHO),
    Guard(PEOPLE, "session_person", " AND s.expires_at > now()", "", WHO),
    Guard(PEOPLE, "session_person", "AND s.seen_at > now() - make_interval(secs => %(idle)s)", "AND %(idle)s > 0", WHO),
    Guard(PEOPLE, "session_person", "      AND s.seen_at >= now() - interval '1 minute'  --? together\n", "", KNOWN),
    Guard(PEOPLE, "revoke_session", " AND s.revoked_at IS NULL", "", WAYS_IN),
    Guard(PEOPLE, "revoke_session", "  AND s.person_id = %(person_id)s  --? person_id\n", "", WHO),
    Guard(PEOPLE, "revoke_other_sessions", "person_id = %(person_id)s AND ", "", WHO),
    Guard(PEOPLE, "revoke_other_sessions", " AND revoked_at IS NULL", "", WAYS_IN),
    Guard(PEOPLE, "revoke_other_sessions", " AND id IS DISTINCT FROM %(kept)s", "", WHO),
    Guard(PEOPLE, "revoke_all_tokens", "person_id = %(person_id)s AND ", "", WAYS_IN),
    Guard(PEOPLE, "revoke_all_tokens", " AND revoked_at IS NULL", "", WAYS_IN),
    Guard(PEOPLE, "set_disabled", " AND (disabled_at IS NULL) = %(disabled)s", "", WHO),
    Guard(PEOPLE, "list_sessions", " AND revoked_at IS NULL", "", WHO),
    Guard(PEOPLE, "list_sessions", " AND expires_at > now()", "", WAYS_IN),
    Guard(PEOPLE, "list_sessions", "  AND seen_at > now() - make_interval(secs => %(idle)s)\n", "", WHO),
    Guard(PEOPLE, "token_person", " AND p.disabled_at IS NULL", "", WAYS_IN),
    Guard(PEOPLE, "token_person", " AND g.revoked_at IS NULL", "", WAYS_IN),
    Guard(PEOPLE, "token_person", " AND t.revoked_at IS NULL", "", WHO),
    Guard(PEOPLE, "token_person", " AND t.expires_at > now()", "", WAYS_IN),
    Guard(PEOPLE, "token_person", "      AND t.used_at >= now() - interval '1 minute'  --? together\n", "", KNOWN),
    Guard(PEOPLE, "list_tokens", " AND revoked_at IS NULL", "", WAYS_IN),
    Guard(PEOPLE, "list_tokens", " AND expires_at > now()", "", WAYS_IN),
    Guard(PEOPLE, "revoke_token", " AND t.revoked_at IS NULL", "", WAYS_IN),
    Guard(PEOPLE, "revoke_token", "  AND t.person_id = %(person_id)s  --? person_id\n", "", WHO),
    Guard(PEOPLE, "end_links", " AND used_at IS NULL", "", WAYS_IN),
    Guard(PEOPLE, "end_links", " AND expires_at > now()", "", WAYS_IN),
    Guard(PEOPLE, "end_links", "person_id = %(person_id)s AND ", "", WAYS_IN),
    Guard(PEOPLE, "use_link", " AND used_at IS NULL", "", WHO),
    Guard(PEOPLE, "use_link", " AND expires_at > now()", "", WAYS_IN),
    Guard(PEOPLE_PY, "", "    if not secret.startswith(API_TOKEN_PREFIX):\n        return None\n", "", WAYS_IN,
          needless="it spares a look-up: no stored hash is of anything but a token"),
    Guard(KNOWING, "", " if secret.startswith(API_TOKEN_PREFIX) else None", "", KNOWN,
          needless="it spares a look-up: no stored hash is of anything but a token"),
    Guard(IDENTITIES, "lock_identity", "SELECT pg_advisory_xact_lock(hashtextextended(%(issuer)s || ' ' || %(subject)s, 0))",
          "SELECT %(issuer)s || %(subject)s", PROVIDER),
    Guard(IDENTITIES, "get_identity", "issuer = %(issuer)s AND ", "", PROVIDER),
    Guard(IDENTITIES, "get_identity", " AND subject = %(subject)s", "", PROVIDER),
    Guard(IDENTITIES, "spend_pending", SPENT, LOOKED_AT, PROVIDER),
    Guard(IDENTITIES_PY, "", "row.return_to if row and row.holds else None", "row.return_to if row else None", PROVIDER),
    Guard(CREDENTIALS, "", "    return stored is not None", "    return True", WAYS_IN,
          needless="nobody knows a password of the hash that is nobody's"),
    Guard(CREDENTIALS, "", "    except (VerificationError, InvalidHashError):\n        return False",
          "    except (VerificationError, InvalidHashError):\n        return True", WHO),
    Guard(ID_TOKENS, "", 'if claims.get("iss") != expected.issuer:', 'if not claims.get("iss"):', TOKENS),
    Guard(ID_TOKENS, "", "    _check_audience(claims, expected.client_id)\n", "", TOKENS),
    Guard(ID_TOKENS, "", "client_id not in several or ", "", TOKENS),
    Guard(ID_TOKENS, "", "(len(several) > 1 and party is None) or ", "", TOKENS),
    Guard(ID_TOKENS, "", " or party not in (None, client_id)", "", TOKENS),
    Guard(ID_TOKENS, "", "    _check_times(claims, time.time() if now is None else now)\n", "", TOKENS),
    Guard(ID_TOKENS, "", "now >= expires + LEEWAY_SECONDS or ", "", TOKENS),
    Guard(ID_TOKENS, "", "max(issued, begins) > now + LEEWAY_SECONDS or ", "", TOKENS),
    Guard(ID_TOKENS, "", " or issued < now - OLDEST_SECONDS", "", TOKENS),
    Guard(ID_TOKENS, "", ' or not hmac.compare_digest(nonce.encode(errors="replace"), expected.nonce.encode())', "", TOKENS),
    Guard(ID_TOKENS, "", "or not 0 < len(subject) <= SUBJECT_CHARACTERS ", "", TOKENS),
    Guard(ID_TOKENS, "", " or not _is_visible_ascii(subject)", "", TOKENS),
    Guard(ID_TOKENS, "", " or algorithm not in KEY_TYPES", "", TOKENS),
    Guard(ID_TOKENS, "", ' or "crit" in header', "", TOKENS),
    Guard(ID_TOKENS, "", ' or "b64" in header', "", TOKENS),
    Guard(ID_TOKENS, "", "if isinstance(key, RSAKey) and key.public_key.key_size < RSA_BITS_MIN:", "if key is None:", TOKENS),
    Guard(ID_TOKENS, "", '    if not isinstance(key, dict) or key.get("kty") != KEY_TYPES[algorithm]:',
          "    if not isinstance(key, dict):", TOKENS),
    Guard(ID_TOKENS, "", 'key.get("use", "sig") == "sig" and ', "", TOKENS),
    Guard(ID_TOKENS, "", ' and key.get("alg", algorithm) == algorithm', "", TOKENS),
)  # fmt: skip
