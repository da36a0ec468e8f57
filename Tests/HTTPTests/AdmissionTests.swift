import App
import Foundation
import Logging
import Telemetry
import Testing

@testable import HTTP

@Suite(.timeLimit(.minutes(5))) struct AdmissionTests {
    private static let held = #"{"query":"{ held }"}"#
    private static let hello = #"{"query":"{ hello }"}"#
    private static let change = #"{"query":"mutation { change }"}"#

    private func key(of tenant: String) -> [(String, String)] {
        [("x-api-key", "key-of-" + tenant)]
    }

    private func until(_ holds: () -> Bool) async throws {
        while !holds() { try await Task.sleep(for: .milliseconds(5)) }
    }

    /// Sends a request on a connection of its own and leaves its answer for later.
    private func begin(
        _ body: String, _ api: TestAPI, as tenant: String? = nil
    ) async throws -> HTTPConnection {
        let connection = try await api.connect()
        let headers = [("Content-Type", "application/json")] + (tenant.map(key) ?? [])
        try await connection.send("POST", "/graphql", headers: headers, body: body)
        return connection
    }

    @Test func `beyond what there is room for the answer is 503, at once`() async throws {
        try await TestAPI.serve({
            $0.admission.maxRequests = 1
            $0.admission.maxQueued = 0
        }) { api in
            let first = try await begin(Self.held, api)
            try await until { api.gate.held == 1 }
            for _ in 0..<50 {
                let reply = try await api.post(Self.change)
                #expect(reply.status == 503)
                #expect(reply.headers["retry-after"] == "1")
                #expect(reply.headers["content-type"]?.hasPrefix("application/json") == true)
                #expect(
                    reply.body == #"{"errors":[{"message":"The server is busy, try again","#
                        + #""extensions":{"code":"SERVICE_UNAVAILABLE"}}]}"#)
            }
            #expect(api.mutations.value == 0)
            #expect(api.log.requests.allSatisfy { $0.fields["outcome"] == "refused" })
            #expect(api.log.requests.allSatisfy { $0.level == .info })
            // Health is told all the same.
            #expect(try await api.request("GET", "/healthz").status == 200)
            api.gate.open()
            #expect(try await first.reply().body == #"{"data":{"held":"let go"}}"#)
            #expect(try await api.post(Self.hello).status == 200)
            try await until { api.admission.load == (0, 0) }
        }
    }

    @Test func `who waits is answered when there is room`() async throws {
        try await TestAPI.serve({
            $0.admission.maxRequests = 1
            $0.admission.patience = .seconds(60)
        }) { api in
            let first = try await begin(Self.held, api)
            try await until { api.gate.held == 1 }
            var others: [HTTPConnection] = []
            for _ in 0..<20 { others.append(try await begin(Self.hello, api)) }
            try await until { api.admission.load == (1, 20) }
            let shown = api.admission.samples.map { ($0.name, $0.value) }
            #expect(shown.map(\.0) == ["hazina_requests_admitted", "hazina_requests_queued"])
            #expect(shown.map(\.1) == [1, 20])
            api.gate.open()
            #expect(try await first.reply().status == 200)
            for other in others { #expect(try await other.reply().status == 200) }
            try await until { api.admission.load == (0, 0) }
        }
    }

    @Test func `who has waited too long is refused`() async throws {
        try await TestAPI.serve({
            $0.admission.maxRequests = 1
            $0.admission.patience = .milliseconds(30)
        }) { api in
            let first = try await begin(Self.held, api)
            try await until { api.gate.held == 1 }
            for _ in 0..<3 {
                let reply = try await api.post(Self.hello)
                #expect(reply.status == 503)
                #expect(reply.headers["retry-after"] == "1")
            }
            #expect(api.admission.load == (1, 0))
            api.gate.open()
            #expect(try await first.reply().status == 200)
        }
    }

    @Test func `a tenant with all the requests it may have leaves room for others`() async throws {
        try await TestAPI.serve({
            $0.admission.maxRequests = 8
            $0.admission.maxRequestsPerTenant = 2
            $0.admission.patience = .seconds(60)
        }) { api in
            // It is known whose the keys are from their first requests on.
            for tenant in ["busy", "calm"] {
                #expect(try await api.post(Self.hello, headers: key(of: tenant)).status == 200)
            }
            var busy: [HTTPConnection] = []
            for _ in 0..<10 { busy.append(try await begin(Self.held, api, as: "busy")) }
            try await until { api.admission.load == (2, 8) }
            for _ in 0..<20 {
                #expect(try await api.post(Self.hello, headers: key(of: "calm")).status == 200)
            }
            #expect(api.admission.load == (2, 8))
            api.gate.open()
            for connection in busy { #expect(try await connection.reply().status == 200) }
        }
    }

    @Test func `a client that leaves while it waits is forgotten, and its request not run`()
        async throws
    {
        try await TestAPI.serve({
            $0.admission.maxRequests = 1
            $0.admission.patience = .seconds(60)
        }) { api in
            let first = try await begin(Self.held, api)
            try await until { api.gate.held == 1 }
            var others: [HTTPConnection] = []
            for _ in 0..<5 { others.append(try await begin(Self.change, api)) }
            try await until { api.admission.load == (1, 5) }
            others = []
            try await until { api.admission.load == (1, 0) }
            api.gate.open()
            #expect(try await first.reply().status == 200)
            #expect(try await api.post(Self.hello).status == 200)
            #expect(api.mutations.value == 0)
            try await until { api.admission.load == (0, 0) }
        }
    }

    @Test func `open event streams take no room`() async throws {
        try await TestAPI.serve({
            $0.admission.maxRequests = 1
            $0.admission.maxQueued = 0
        }) { api in
            var streams: [HTTPConnection] = []
            for _ in 0..<3 {
                let connection = try await api.connect()
                try await connection.send(
                    "POST", "/graphql",
                    headers: [
                        ("Content-Type", "application/json"), ("Accept", "text/event-stream"),
                    ], body: #"{"query":"subscription { silence }"}"#)
                #expect(try await connection.head().status == 200)
                try await until { api.admission.load == (0, 0) }
                streams.append(connection)
            }
            #expect(try await api.post(Self.hello).status == 200)
            withExtendedLifetime(streams) {}
        }
    }

    // MARK: Without a server

    @Test func `a task that is cancelled while it waits gets no place and keeps none`() async throws
    {
        var limits = AdmissionLimits()
        limits.maxRequests = 1
        limits.patience = .seconds(60)
        let admission = Admission(limits)
        guard case .admitted(let group) = admission.enter(nil) else {
            Issue.record("no room")
            return
        }
        let waiting = Task { await admission.wait(as: group, .underWay, departure: nil) }
        try await until { admission.load == (1, 1) }
        waiting.cancel()
        #expect(await waiting.value == false)
        #expect(admission.load == (1, 0))
        let gone = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return await admission.wait(as: group, .underWay, departure: nil)
        }
        #expect(await gone.value == false)
        admission.leave(group)
        #expect(admission.load == (0, 0))
    }

    @Test func `however they come, wait and give up, no place is lost`() async throws {
        var limits = AdmissionLimits()
        limits.maxRequests = 4
        limits.maxRequestsPerTenant = 3
        limits.maxQueued = 20
        limits.patience = .milliseconds(20)
        let admission = Admission(limits)
        let admitted = Counter()
        await withTaskGroup(of: Void.self) { tasks in
            for number in 0..<2000 {
                tasks.addTask {
                    let work = Task {
                        let group = Admission.Group.tenant("tenant-\(number % 5)")
                        let stage = RequestStage(rawValue: number % 3) ?? .first
                        guard await admission.wait(as: group, stage, departure: nil) else {
                            return
                        }
                        admitted.increment()
                        await Task.yield()
                        admission.leave(group)
                    }
                    if number.isMultiple(of: 7) { work.cancel() }
                    await work.value
                }
            }
        }
        #expect(admission.load == (0, 0))
        #expect(admitted.value >= 4)
    }

    // MARK: Rates

    @Test func `limits are told, and beyond them the answer is 429`() async throws {
        try await TestAPI.serve({
            $0.rates.perTenant = 2
            $0.rates.perKey = 1
        }) { api in
            let first = try await api.post(Self.hello, headers: key(of: "fast"))
            #expect(first.status == 200)
            #expect(
                first.headers["ratelimit-policy"] == #""tenant";q=4;w=2, "key";q=2;w=2"#)
            #expect(first.headers["ratelimit"] == #""tenant";r=3;t=1, "key";r=1;t=1"#)
            // One a second comes back meanwhile; a machine that slow is none.
            var refused: HTTPConnection.Reply?
            for _ in 0..<50 where refused == nil {
                let reply = try await api.post(Self.change, headers: key(of: "fast"))
                if reply.status == 429 { refused = reply }
            }
            let reply = try #require(refused)
            #expect(reply.headers["retry-after"] == "1")
            #expect(reply.headers["ratelimit"]?.contains(#""key";r=0;"#) == true)
            #expect(reply.body.contains(#""code":"TOO_MANY_REQUESTS""#))
            // Neither other tenants nor those without a key are limited by that.
            #expect(try await api.post(Self.hello, headers: key(of: "slow")).status == 200)
            for _ in 0..<5 {
                let reply = try await api.post(Self.hello)
                #expect(reply.status == 200)
                #expect(reply.headers["ratelimit"] == nil)
            }
        }
    }

    @Test func `without limits nothing is told of them`() async throws {
        try await TestAPI.serve { api in
            let reply = try await api.post(Self.hello, headers: key(of: "any"))
            #expect(reply.headers["ratelimit"] == nil)
            #expect(reply.headers["ratelimit-policy"] == nil)
        }
    }
}
