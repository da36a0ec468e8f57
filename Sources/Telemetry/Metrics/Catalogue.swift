extension MetricDefinition {
    /// Seconds: from a look into memory to a request that has waited for its deadline.
    private static let latencies = Kind.histogram(
        bounds: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10])
    /// Powers of two: how many at once.
    private static let sizes = Kind.histogram(bounds: [1, 2, 4, 8, 16, 32, 64, 128, 256])

    /// Every metric of the server; `docs/observability.md` explains them.
    package static let all =
        requests + database + ledger + work + sessionsAndDocuments + telemetry + process

    private static let requests = [
        MetricDefinition(
            "hazina_requests_total", .counter, labels: ["operation", "outcome"],
            "GraphQL requests answered, by operation and outcome."),
        MetricDefinition(
            "hazina_request_duration_seconds", latencies, labels: ["operation"],
            "Time from a GraphQL request's head to its answer, by operation."),
        MetricDefinition(
            "hazina_http_responses_total", .counter, labels: ["route", "status"],
            "HTTP answers, by route and status."),
        MetricDefinition(
            "hazina_http_requests_in_flight", .gauge, "HTTP requests that are being answered."),
        MetricDefinition(
            "hazina_requests_admitted", .gauge, "GraphQL requests that are worked on."),
        MetricDefinition(
            "hazina_requests_queued", .gauge, "GraphQL requests that wait until others are done."),
    ]

    private static let database = [
        MetricDefinition(
            "hazina_database_up", .gauge,
            "1 if the database answered when it was last asked for these metrics, else 0."),
        MetricDefinition(
            "hazina_pool_connections", .gauge, labels: ["state"],
            "Connections to the database: idle, reading, leased, or being checked."),
        MetricDefinition(
            "hazina_pool_connections_max", .gauge, "Connections that the pool may have."),
        MetricDefinition(
            "hazina_pool_waiting", .gauge, "Callers that wait for a connection now."),
        MetricDefinition(
            "hazina_pool_wait_seconds", latencies, labels: ["kind"],
            "Time until a caller was given a connection, for reads and for leases."),
        MetricDefinition(
            "hazina_pool_reads_in_flight", .gauge,
            "Reads that were sent and are not yet answered."),
        MetricDefinition(
            "hazina_pool_pipeline_depth", sizes,
            "Reads that were sent together on one connection."),
        MetricDefinition(
            "hazina_database_statements_total", .counter, "Statements sent to the database."),
        MetricDefinition(
            "hazina_database_slow_statements_total", .counter,
            "Round trips to the database that took longer than HAZINA_SLOW_STATEMENT_MS."),
        MetricDefinition(
            "hazina_standby_in_use", .gauge,
            "1 while queries are read from the standby of HAZINA_READ_DATABASE_URL, else 0."),
        MetricDefinition(
            "hazina_standby_lag_seconds", .gauge,
            "How long ago the standby last had all that the primary had committed."),
        MetricDefinition(
            "hazina_query_reads_total", .counter, labels: ["server"],
            "Reads of queries that a standby might answer, by who did."),
    ]

    private static let ledger = [
        MetricDefinition(
            "hazina_ledger_batch_operations", sizes,
            "Operations that shared one transaction of the ledger."),
        MetricDefinition(
            "hazina_ledger_commit_seconds", latencies,
            "Time from a batch's turn to its commit, the wait for a connection included."),
    ]

    private static let work = [
        MetricDefinition(
            "hazina_worker_lag_seconds", .gauge, labels: ["worker"],
            "Age of the oldest work that is due and that nobody does; 0 if there is none."),
        MetricDefinition(
            "hazina_webhook_backlog", .gauge, labels: ["tenant"], limit: 50,
            "Events of a tenant that wait to be delivered, counted up to 10000."),
        MetricDefinition(
            "hazina_webhook_queue_subjects", .gauge,
            "Payments and payment pointers with events that wait, counted up to 100000."),
        MetricDefinition(
            "hazina_webhook_deliveries_total", .counter, labels: ["outcome"],
            "Attempts to deliver an event, by what came of them."),
        MetricDefinition(
            "hazina_webhook_delivery_seconds", latencies, "How long receivers took to answer."),
        MetricDefinition(
            "hazina_webhook_deliveries_in_flight", .gauge, "Deliveries that are being made."),
        MetricDefinition(
            "hazina_webhook_events_failed_total", .counter, "Events that were given up."),
    ]

    private static let sessionsAndDocuments = [
        MetricDefinition(
            "hazina_sessions_active", .gauge,
            "Sessions that have not expired, counted up to 1000000."),
        MetricDefinition(
            "hazina_document_cache_requests_total", .counter, labels: ["result"],
            "GraphQL documents looked up among those prepared before: hit or miss."),
    ]

    private static let telemetry = [
        MetricDefinition(
            "hazina_trace_spans_exported_total", .counter, "Spans that the collector took."),
        MetricDefinition(
            "hazina_trace_spans_dropped_total", .counter, labels: ["reason"],
            "Spans that were lost: the queue was full, or the collector did not take them."),
    ]

    private static let process = [
        MetricDefinition(
            "hazina_build_info", .gauge, labels: ["version"], "1, with the program's version."),
        MetricDefinition(
            "process_start_time_seconds", .gauge, "When the process began, in Unix time."),
        MetricDefinition(
            "process_cpu_seconds_total", .counter, "Processor time used by the process."),
        MetricDefinition(
            "process_resident_memory_bytes", .gauge, "Memory of the process that is in RAM."),
        MetricDefinition("process_open_fds", .gauge, "Files and sockets that are open."),
    ]
}
