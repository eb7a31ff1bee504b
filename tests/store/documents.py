"""What the five written protocols say, read from the documents: every figure with its place there."""

FIGURES: dict[str, str] = {
    "etl": """
        P3 resolve_within 24h 4.2.P3
        P1 postmortem_within 48h 6
        P2 postmortem_within 48h 6
        P3 postmortem_within none 6
        P4 postmortem_within none 6
        P3 escalate_after none 4.3.P3
        P4 escalate_after none 4.3.P3
        P3 management_after none 4.3.P3
        P1 announce channel 4.3.P1
        P3 announce digest 4.3.P3
        P4 announce digest 4.2.P4
        P1 stakeholders true 2
        P2 stakeholders true 2
    """,
    "self-healing-pipeline": """
        P1 acknowledge_within 15m on-call.expectations.P1
        P2 acknowledge_within 30m on-call.expectations.P2
        P3 acknowledge_within 4h severity-levels.P3
        P4 acknowledge_within 24h severity-levels.P4
        P1 triage_within 15m triage.P1
        P2 triage_within 1h triage.P2
        P3 triage_within 4h triage.P3
        P1 update_every 30m updates.P1
        P2 update_every 2h updates.P2
        P3 update_every 4h updates.P3
        P4 update_every none updates.P4
        P1 escalate_after 30m escalation.technical.P1
        P2 escalate_after 2h escalation.technical.P2
        P3 escalate_after 8h escalation.technical.P3
        P4 escalate_after none severity-levels.P4
        P1 management_after 0s escalation.management.P1
        P2 management_after 2h escalation.management.P2
        P3 management_after 8h escalation.management.P3
        P4 management_after none escalation.management.P4
        P1 hours always on-call.coverage
        P2 hours always on-call.coverage
        P3 hours always on-call.coverage
    """,
    "dataforge": """
        SEV1 update_every 15m communication.3
        SEV1 postmortem_within 48h post-incident.1
        SEV2 postmortem_within 48h post-incident.1
        SEV3 postmortem_within 48h post-incident.1
        SEV1 announce channel communication.1
        SEV2 announce channel communication.1
        SEV3 announce channel communication.1
    """,
    "data-walkthrough": """
        P0 acknowledge_within 5m phase-1
        P1 acknowledge_within 5m phase-1
        P2 acknowledge_within 5m phase-1
        P3 acknowledge_within 5m phase-1
        P0 triage_within 5m phase-1
        P1 triage_within 5m phase-1
        P2 triage_within 5m phase-1
        P3 triage_within 5m phase-1
        P0 first_notice_within 5m phase-1
        P1 first_notice_within 5m phase-1
        P0 impact_within 5m phase-1
        P1 impact_within 5m phase-1
        P2 impact_within 5m phase-1
        P3 impact_within 5m phase-1
        P0 postmortem_within 48h phase-6
        P1 postmortem_within 48h phase-6
        P2 postmortem_within 48h phase-6
        P3 postmortem_within 48h phase-6
    """,
    "data-observability": """
        P0 first_notice_within 15m triage.communicate.1
        P1 first_notice_within 15m triage.communicate.1
        P2 first_notice_within 15m triage.communicate.1
        P3 first_notice_within 15m triage.communicate.1
        P0 impact_within 30m impact
        P1 impact_within 30m impact
        P2 impact_within 30m impact
        P3 impact_within 30m impact
        P0 update_every 1h templates.initial
        P1 update_every 1h templates.initial
        P0 postmortem_within 48h triage.postmortem.1
        P1 postmortem_within 48h triage.postmortem.1
        P2 postmortem_within 48h triage.postmortem.1
        P3 postmortem_within 48h triage.postmortem.1
        P0 announce channel triage.communicate.1
        P1 announce channel triage.communicate.1
        P2 announce channel triage.communicate.1
        P3 announce channel triage.communicate.1
        P0 stakeholders true triage.communicate.3
        P1 stakeholders true triage.communicate.3
        P2 stakeholders true triage.communicate.3
        P3 stakeholders true triage.communicate.3
    """,
}

TOLD: dict[str, str] = {
    "etl": """
        P1 data-engineering channel,invite 4.3.P1
        P1 product-owner direct 4.3.P1
        P2 team-lead direct 4.3.P2
        P2 product-owner direct 4.3.P2
    """,
    "self-healing-pipeline": """
        P1 category-team direct,invite triage.response.1
        P1 incident-manager direct triage.response.1
        P2 category-team direct,invite triage.response.1
        P2 incident-manager direct triage.response.1
    """,
    "dataforge": """
        SEV1 on-call mention communication.1
        SEV2 on-call mention communication.1
        SEV3 on-call mention communication.1
    """,
    "data-walkthrough": """
        P0 team-lead direct,invite step-3
        P0 asset-owners direct step-3
        P0 asset-consumers direct step-3
        P0 on-call mention step-3
        P1 team-lead direct,invite step-3
        P1 asset-owners direct step-3
        P1 asset-consumers direct step-3
        P1 on-call mention step-3
    """,
    "data-observability": """
        P0 asset-owners mention triage.communicate.3
        P0 asset-consumers mention triage.communicate.3
        P1 asset-owners mention triage.communicate.3
        P1 asset-consumers mention triage.communicate.3
        P2 asset-owners mention triage.communicate.3
        P2 asset-consumers mention triage.communicate.3
        P3 asset-owners mention triage.communicate.3
        P3 asset-consumers mention triage.communicate.3
    """,
}

TYPICAL: dict[str, str] = {  # a range: the higher, and how far down
    "etl": "task-failure P2 P3 4.2, source - - , delay P2 - 4.2.P2, integrity P1 P3 4.2",
    "self-healing-pipeline": "data-quality - - , pipeline-execution - - , performance - - , infrastructure - - ,"
    " security P1 - severity-levels.P1, self-healing - - ",
    "dataforge": "ingestion-failure - - , processing-latency - - , api-dashboard-outage - - ",
    "data-walkthrough": "data-loss P0 - severity.P0, security P0 - severity.P0, outage P0 P1 severity,"
    " quality P1 - severity.P1, freshness P2 - severity.P2, schema - - , performance P2 - severity.P2,"
    " cosmetic P3 - severity.P3",
    "data-observability": "data-quality P1 - classification.data-quality,"
    " pipeline-failure P1 P2 classification.pipeline-failure, schema-break P1 P2 classification.schema-break,"
    " stale-data P1 P2 classification.stale-data, data-loss P0 - classification.data-loss,"
    " duplicate-load P1 - classification.duplicate-load",
}

COMMANDS: dict[str, tuple[str, ...]] = {
    "etl": (),
    "self-healing-pipeline": (),
    "dataforge": (
        "aws sqs receive-message",
        "kafka-consumer-groups.sh",
        "services/ingestion/lambdas/replay_dlq.py",
        "services/transformation/spark-jobs/backfill_job.py",
        "aws lambda update-alias",
    ),
    "data-walkthrough": (
        'git log --oneline --since="24 hours ago"',
        "_PARTITIONDATE >= DATE_SUB(CURRENT_DATE(), INTERVAL 7 DAY)",
        "COUNTIF(critical_column IS NULL) as null_count",
        "bin/data-utils/bq-lineage project.dataset.affected_table",
        "cat logs/dbt.log | grep ERROR",
        "bq ls -j --max_results=20 | grep FAILED",
        "git revert <commit-hash>\ngit push",
        "airflow dags pause dag_id",
        "dbt run --select model_name --target dev",
        "dbt test --select model_name --target dev",
        "python scripts/checks/validate_model.py",
        """dbt run --select {tables} --vars '{"start_date": "{from}", "end_date": "{to}"}'""",
        "bq query --use_legacy_sql=false < backfill_query.sql",
        "dbt test --select model_name+",
        "python scripts/run_all_quality_checks.sh",
        "SELECT MAX(updated_at) as last_update\n  FROM \\`project.dataset.table\\`",
        "bin/data-utils/bq-schema-diff \\\n  project.dataset.table@YESTERDAY \\\n  project.dataset.table@TODAY",
        "python scripts/data_quality.py",
        "{{ ref('affected_model') }}",
    ),
    "data-observability": (
        "dbt run --select {tables} --full-refresh",
        """dbt run --select {tables} --vars '{"backfill_start": "{from}"}'""",
        "dagster asset backfill --asset-key {table} --partition-range {from}...{to}",
        "DELETE FROM {table} WHERE <date column> BETWEEN '{from}' AND '{to}';",
        "INSERT INTO {table}\n    SELECT * FROM <staging table> WHERE",
        "SELECT COUNT(*) AS backfilled_rows,\n       MIN(<date column>) AS min_date,",
    ),
}
