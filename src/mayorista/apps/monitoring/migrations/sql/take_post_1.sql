-- Store one post of an alarm source: the body, its alarms, their occurrences, what was rejected, and
-- what the correlator has to look at. One call is one transaction. See Note [Occurrences do not
-- depend on order] and Note [Intake in the database] in operations/intake.py.
--
-- alarms:   [{"f": fingerprint, "l": labels, "a": annotations, "v": severity, "u": link}, ...]
-- rounds:   [[{"f": fingerprint, "s": starts_at, "e": ends_at or null}, ...], ...]
--           in each round an alarm stands at most once
-- rejected: [{"p": position or null, "r": reason, "x": excerpt}, ...]
CREATE OR REPLACE FUNCTION monitoring_take_post(
    p_source bigint, p_at timestamptz, p_body bytea, p_encoding text, p_sha256 text, p_size int,
    p_alarms jsonb, p_rounds jsonb, p_rejected jsonb, p_truncated int,
    OUT post_id bigint, OUT changes int
)
LANGUAGE plpgsql
-- A plan made while a table was small is kept while a storm fills it. So nothing is left to choose:
-- no scans and joins of whole tables, and LATERAL … LIMIT 1 looks each row up by its index.
SET enable_seqscan = off
SET enable_hashjoin = off
SET enable_mergejoin = off
AS $$
#variable_conflict use_variable
DECLARE
    v_round jsonb;
    v_known bigint;
    v_count int;
    v_id bigint;
    v_start timestamptz;
BEGIN
    changes := 0;

    INSERT INTO monitoring_alarmpost
        (source_id, received_at, body, encoding, sha256, size, alarms, rejected, truncated)
    VALUES (
        p_source, p_at, p_body, p_encoding, p_sha256, p_size,
        jsonb_array_length(p_alarms), jsonb_array_length(p_rejected), p_truncated
    )
    RETURNING id INTO post_id;

    IF p_rejected <> '[]' THEN
        INSERT INTO monitoring_quarantine (source_id, post_id, at, position, reason, excerpt)
        SELECT p_source, post_id, p_at, p, r, x
        FROM jsonb_to_recordset(p_rejected) AS given (p int, r text, x text);
    END IF;

    IF p_alarms = '[]' THEN
        RETURN;
    END IF;

    -- In the order of their fingerprints, so that concurrent posts wait and do not deadlock.
    WITH put AS (
        INSERT INTO monitoring_alarm AS known
            (source_id, fingerprint, labels, annotations, severity, link, first_seen_at)
        SELECT p_source, f, l, a, v, u, p_at
        FROM jsonb_to_recordset(p_alarms) AS given (f text, l jsonb, a jsonb, v text, u text)
        ORDER BY f
        ON CONFLICT (source_id, fingerprint) DO UPDATE SET
            labels = EXCLUDED.labels, annotations = EXCLUDED.annotations,
            severity = EXCLUDED.severity, link = EXCLUDED.link
        RETURNING xmax
    )
    SELECT count(*) FILTER (WHERE xmax <> 0) INTO v_known FROM put;

    FOR v_round IN SELECT value FROM jsonb_array_elements(p_rounds) LOOP
        -- An older occurrence ends where a younger one that fired begins. A report that comes late
        -- may be older than one already known: then the end set before moves to the nearer beginning.
        IF v_known > 0 OR jsonb_array_length(p_rounds) > 1 THEN
            FOR v_id, v_start IN
                SELECT older.id, s
                FROM jsonb_to_recordset(v_round) AS given (f text, s timestamptz, e timestamptz)
                CROSS JOIN LATERAL (
                    SELECT id FROM monitoring_alarm WHERE source_id = p_source AND fingerprint = f LIMIT 1
                ) AS alarm
                CROSS JOIN LATERAL (
                    (
                        SELECT id FROM monitoring_occurrence
                        WHERE alarm_id = alarm.id AND ends_at IS NULL AND starts_at < s
                        LIMIT 1
                    )
                    UNION ALL
                    (
                        SELECT id FROM monitoring_occurrence
                        WHERE alarm_id = alarm.id AND resolved_at IS NULL AND starts_at < s AND ends_at > s
                            AND EXISTS (
                                SELECT FROM monitoring_occurrence AS younger
                                WHERE younger.alarm_id = alarm.id AND younger.starts_at > s
                            )
                        LIMIT 1
                    )
                ) AS older
                WHERE e IS NULL
            LOOP
                UPDATE monitoring_occurrence SET ends_at = v_start WHERE id = v_id;
                INSERT INTO monitoring_change (occurrence_id, kind, at) VALUES (v_id, 'ENDED', p_at);
                changes := changes + 1;
            END LOOP;
        END IF;

        WITH put AS (
            INSERT INTO monitoring_occurrence AS known
                (alarm_id, starts_at, ends_at, resolved_at, fired, first_seen_at, last_seen_at,
                 repeats, post_id, end_post_id)
            SELECT
                alarm.id, s,
                COALESCE(e, (
                    SELECT min(younger.starts_at) FROM monitoring_occurrence AS younger
                    WHERE younger.alarm_id = alarm.id AND younger.starts_at > s AND younger.fired
                )),
                e, e IS NULL, p_at, p_at, 1, post_id, CASE WHEN e IS NOT NULL THEN post_id END
            FROM jsonb_to_recordset(v_round) AS given (f text, s timestamptz, e timestamptz)
            CROSS JOIN LATERAL (
                SELECT id FROM monitoring_alarm WHERE source_id = p_source AND fingerprint = f LIMIT 1
            ) AS alarm
            ON CONFLICT (alarm_id, starts_at) DO UPDATE SET
                resolved_at = GREATEST(known.resolved_at, EXCLUDED.resolved_at),
                ends_at = COALESCE(GREATEST(known.resolved_at, EXCLUDED.resolved_at), known.ends_at),
                fired = known.fired OR EXCLUDED.fired,
                last_seen_at = GREATEST(known.last_seen_at, EXCLUDED.last_seen_at),
                repeats = known.repeats + 1,
                end_post_id = CASE
                    WHEN EXCLUDED.resolved_at > COALESCE(known.resolved_at, '-infinity') THEN post_id
                    ELSE known.end_post_id
                END
            RETURNING known.id, known.post_id AS first_post_id, known.end_post_id AS last_end_post_id
        )
        INSERT INTO monitoring_change (occurrence_id, kind, at)
        SELECT id, CASE WHEN first_post_id = post_id THEN 'STARTED' ELSE 'ENDED' END, p_at
        FROM put
        WHERE first_post_id = post_id OR last_end_post_id = post_id;
        GET DIAGNOSTICS v_count = ROW_COUNT;
        changes := changes + v_count;
    END LOOP;

    IF changes > 0 THEN
        PERFORM pg_notify('mayorista_alarms', '');
    END IF;
END
$$
