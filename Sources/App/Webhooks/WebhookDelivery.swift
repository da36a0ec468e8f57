import Foundation
import Logging
import Postgres
import Synchronization
import Tracing

/// Delivers events to their receivers: claims subjects that have one due, posts the event of each,
/// and records what came of it. Nothing of the database is held while a receiver is waited for.
///
/// A claim ends by itself some time after the attempt must have ended, so that what a process was
/// doing when it died is done by another: each event is delivered at least once.
final class WebhookDelivery: Sendable {
    private struct State {
        var load: WebhookLoad
        /// The tenant that was served last.
        var last: TenantID?
        var tasks: [UInt64: Task<Void, Never>] = [:]
        var lastTask: UInt64 = 0
    }

    private static let silentPause = Duration.milliseconds(100)

    private let configuration: WebhookConfiguration
    private let queue: WebhookQueueRepository
    private let client: OutboundClient
    private let signal: WakeSignal
    private let logger: Logger
    private let metrics = WebhookMetrics()
    private let tracing: WorkTracing
    private let state: Mutex<State>

    init(
        _ configuration: WebhookConfiguration, queue: WebhookQueueRepository,
        client: OutboundClient, signal: WakeSignal, logger: Logger
    ) {
        self.configuration = configuration
        self.queue = queue
        self.client = client
        self.signal = signal
        self.logger = logger
        tracing = WorkTracing(tracer: queue.database.tracer)
        state = Mutex(
            State(
                load: WebhookLoad(
                    limit: configuration.concurrency,
                    limitPerTenant: configuration.concurrencyPerTenant)))
    }

    var worker: Worker {
        Worker(
            "webhook delivery", signal: signal, every: configuration.pollInterval, logger: logger,
            pass: { try await self.pass($0) }, finish: { await self.finish() })
    }

    private typealias Claim = WebhookQueueRepository.Claim

    /// Claims what there is room for and begins to deliver it.
    private func pass(_ occasion: Worker.Occasion) async throws -> Worker.Finding {
        let hasFallback = configuration.fallback != nil
        let (room, last) = state.withLock { ($0.load.room(hasFallback: hasFallback), $0.last) }
        // What ends makes room, and wakes.
        guard let room else { return .nothing }
        // A look is cheaper than a claim, and nearly always suffices.
        if occasion == .poll,
            try await !queue.isDue(includesFallback: room.includesFallback)
        {
            return .nothing
        }
        let claims = try await queue.claim(
            room, after: last, lease: configuration.timeout + configuration.grace)
        state.withLock { state in
            state.load.note(claims, in: room)
            if let tenant = claims.last?.tenant { state.last = tenant }
        }
        var failure: (any Error)?
        for (tenant, claims) in Dictionary(grouping: claims, by: \.tenant) {
            do {
                try await begin(claims, of: tenant)
            } catch {
                // Their time runs out.
                failure = error
            }
        }
        if let failure { throw failure }
        return claims.count == room.total ? .more : .nothing
    }

    private func begin(_ claims: [Claim], of tenant: TenantID) async throws {
        async let own = queue.receiver(tenant: tenant)
        async let heads = queue.heads(of: claims.map(\.subject), tenant: tenant)
        let (receiver, events) = try await (own, heads)
        for claim in claims {
            guard let event = events[claim.subject],
                let target = target(receiver, of: tenant)
            else {
                // Its event, or its receiver, has gone in the meantime.
                _ = try await queue.finish(
                    claim, event: nil,
                    .init(isDelivered: false, statusCode: nil, failure: nil),
                    givesUpAfter: configuration.givesUpAfter)
                continue
            }
            state.withLock { state in
                state.lastTask += 1
                let id = state.lastTask
                let attempt = state.load.begin(tenant, isFallback: target.isTrusted)
                state.tasks[id] = Task {
                    await self.deliver(event, to: target, claim, attempt)
                    self.state.withLock { $0.tasks[id] = nil }
                }
            }
        }
    }

    private struct Target: Sendable {
        let url: String
        let secrets: [String]
        /// The operator's, whose URL may be anywhere.
        let isTrusted: Bool
        let tenant: TenantID
    }

    private func target(
        _ own: WebhookQueueRepository.Receiver?, of tenant: TenantID
    ) -> Target? {
        if let own {
            return Target(url: own.url, secrets: own.secrets, isTrusted: false, tenant: tenant)
        }
        return configuration.fallback.map {
            Target(url: $0.url, secrets: [$0.secret], isTrusted: true, tenant: tenant)
        }
    }

    private func deliver(
        _ event: StoredWebhookEvent, to target: Target, _ claim: Claim,
        _ attempt: WebhookLoad.Attempt
    ) async {
        let (outcome, hasMore) = await tryOnce(event, to: target, claim)
        // Many events for a receiver that is down, and refuses at once, must not keep us busy.
        if outcome.wasSilent == true { try? await Task.sleep(for: Self.silentPause) }
        let isHungry = state.withLock { state in
            state.load.end(attempt, wasSilent: outcome.wasSilent)
            return state.load.isHungry
        }
        if hasMore || isHungry { signal.wake() }
    }

    private func tryOnce(
        _ event: StoredWebhookEvent, to target: Target, _ claim: Claim
    ) async -> (Outcome, hasMore: Bool) {
        await tracing.piece(
            "webhook delivery", ofKind: .producer,
            [
                "hazina.tenant": "\(claim.tenant)", "hazina.event": "\(event.id)",
                "hazina.event_type": event.type,
            ]
        ) { span in
            let outcome = await metrics.measure { await post(event, to: target) }
            guard let result = outcome.result else { return (outcome, false) }
            if let status = result.statusCode {
                span?.attributes["http.response.status_code"] = status
            }
            if !result.isDelivered { span?.setStatus(.init(code: .error)) }
            return (outcome, await record(result, of: event, claim))
        }
    }

    private struct Outcome: ObservedDelivery {
        /// nil if the attempt was given up with the process.
        var result: WebhookQueueRepository.Result?
        var wasSilent: Bool?

        var isDelivered: Bool? { result?.isDelivered }
    }

    private func post(_ event: StoredWebhookEvent, to target: Target) async -> Outcome {
        let body = event.body
        let signature = WebhookSignature.header(
            of: body, at: Int(DatabaseClock.now.rounded()), secrets: target.secrets)
        var headers = [("content-type", "application/json")]
        headers += WebhookSignature.headers.map { ($0, signature) }
        headers += TraceHeaders.current(tracing.tracer)
        if target.isTrusted { headers.append(("Hazina-Tenant-Id", target.tenant.description)) }
        do {
            let response = try await client.send(
                method: "POST", url: target.url, headers: headers, body: Array(body.utf8),
                timeout: configuration.timeout, maximumBytes: 0, isTrusted: target.isTrusted)
            let isDelivered = (200...299).contains(response.status)
            return Outcome(
                result: .init(
                    isDelivered: isDelivered, statusCode: response.status,
                    failure: isDelivered ? nil : "the receiver answered \(response.status)"),
                wasSilent: false)
        } catch let error as OutboundError {
            // Where the operator's receiver is, is not for the tenant to know.
            let failure =
                target.isTrusted ? "the operator's receiver did not answer" : error.description
            return Outcome(
                result: .init(isDelivered: false, statusCode: nil, failure: failure),
                wasSilent: true)
        } catch {
            return Outcome()
        }
    }

    /// Records what came of an attempt. Tried again if the database is away for a moment, since
    /// what is not recorded is delivered again.
    /// - Returns: whether the subject has another event to deliver now.
    private func record(
        _ result: WebhookQueueRepository.Result, of event: StoredWebhookEvent, _ claim: Claim
    ) async -> Bool {
        for pause in [Duration.milliseconds(200), .seconds(1), .seconds(3), .zero] {
            do {
                let (state, hasMore) = try await queue.finish(
                    claim, event: event.id, result, givesUpAfter: configuration.givesUpAfter)
                if state == .failed {
                    metrics.gaveUp()
                    logger.warning(
                        "A webhook event is given up",
                        metadata: [
                            "event": "\(event.id)", "tenant": "\(claim.tenant)",
                            "reason": "\(result.failure ?? "")",
                        ])
                }
                return hasMore
            } catch  where pause > .zero && (isUnavailability(error) || isUnknownOutcome(error)) {
                try? await Task.sleep(for: pause)
            } catch {
                logger.warning(
                    "A webhook attempt was not recorded, it is made again",
                    metadata: ["event": "\(event.id)", "error": "\(error)"])
                return false
            }
        }
        return false
    }

    /// Waits for the attempts under way; cancels them if the task is.
    private func finish() async {
        await withTaskCancellationHandler {
            while let task = state.withLock({ $0.tasks.values.first }) { await task.value }
        } onCancel: {
            for task in state.withLock({ Array($0.tasks.values) }) { task.cancel() }
        }
    }
}
