import Foundation
import Testing

@testable import App

@Suite struct WebhookLoadTests {
    private let one = TenantID.next()
    private let two = TenantID.next()

    /// Begins attempts of a tenant and ends them in silence.
    private func silence(_ tenant: TenantID, in load: inout WebhookLoad) {
        let attempt = load.begin(tenant, isFallback: false)
        load.end(attempt, wasSilent: true)
    }

    @Test func `a tenant has so much room, and less while some of it is taken`() throws {
        var load = WebhookLoad(limit: 10, limitPerTenant: 3)
        let empty = try #require(load.room(hasFallback: false))
        #expect(empty.total == 10 && empty.perTenant == 3 && empty.exceptions.isEmpty)
        let attempts = (0..<3).map { _ in load.begin(one, isFallback: false) }
        _ = load.begin(two, isFallback: false)
        let room = try #require(load.room(hasFallback: false))
        #expect(room.total == 6)
        #expect(room.exceptions == [one: 0, two: 2])
        for attempt in attempts { load.end(attempt, wasSilent: false) }
        #expect(load.room(hasFallback: false)?.exceptions == [two: 2])
    }

    @Test func `nothing is claimed without room`() {
        var load = WebhookLoad(limit: 2, limitPerTenant: 2)
        let first = load.begin(one, isFallback: false)
        _ = load.begin(two, isFallback: false)
        #expect(load.room(hasFallback: true) == nil)
        load.end(first, wasSilent: nil)
        #expect(load.room(hasFallback: true) != nil)
    }

    @Test func `a silent receiver has one attempt until it answers`() throws {
        var load = WebhookLoad(limit: 10, limitPerTenant: 3)
        silence(one, in: &load)
        #expect(load.room(hasFallback: false)?.exceptions == [one: 1])
        let attempt = load.begin(one, isFallback: false)
        #expect(load.room(hasFallback: false)?.exceptions == [one: 0])
        load.end(attempt, wasSilent: nil)
        #expect(load.room(hasFallback: false)?.exceptions == [one: 1])
        load.end(load.begin(one, isFallback: false), wasSilent: false)
        #expect(try #require(load.room(hasFallback: false)).exceptions.isEmpty)
    }

    @Test func `all silent receivers together leave half of the room`() throws {
        var load = WebhookLoad(limit: 10, limitPerTenant: 3)
        let dead = (0..<40).map { _ in TenantID.next() }
        for tenant in dead { silence(tenant, in: &load) }
        let room = try #require(load.room(hasFallback: false))
        #expect(room.exceptions.values.filter { $0 == 1 }.count == 5)
        #expect(room.exceptions.values.filter { $0 == 0 }.count == 35)
        for tenant in dead.prefix(5) { _ = load.begin(tenant, isFallback: false) }
        let rest = try #require(load.room(hasFallback: false))
        #expect(rest.total == 5 && rest.exceptions.values.allSatisfy { $0 == 0 })
    }

    @Test func `the shared receiver leaves half of the room too`() throws {
        var load = WebhookLoad(limit: 10, limitPerTenant: 3)
        #expect(load.room(hasFallback: true)?.total == 5)
        for _ in 0..<5 { _ = load.begin(.next(), isFallback: true) }
        let room = try #require(load.room(hasFallback: true))
        #expect(room.total == 5 && !room.includesFallback)
    }

    @Test func `what a claim left behind for want of room is known`() throws {
        var load = WebhookLoad(limit: 10, limitPerTenant: 2)
        let room = try #require(load.room(hasFallback: false))
        func claims(_ count: Int) -> [WebhookQueueRepository.Claim] {
            (0..<count).map { _ in .init(tenant: one, subject: UUID(), id: UUID()) }
        }
        load.note(claims(1), in: room)
        #expect(!load.isHungry)
        load.note(claims(2), in: room)
        #expect(load.isHungry)
        load.note([], in: room)
        #expect(!load.isHungry)
    }
}
