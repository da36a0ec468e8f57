import Testing

@testable import App

@Suite struct DatabaseSnapshotTests {
    @Test func `a snapshot shows what was committed before it`() throws {
        let snapshot = try #require(DatabaseSnapshot("10:20:10,14"))
        #expect(snapshot.oldestRunning == 10)
        #expect([1, 9, 11, 19].allSatisfy(snapshot.shows))
        #expect(![10, 14, 20, 21].contains(where: snapshot.shows))
        #expect(try #require(DatabaseSnapshot("7:7:")).shows(6))
    }

    @Test(arguments: ["", "1", "1:2", "x:2:", "1:2:3:4"])
    func `what is no snapshot is refused`(text: String) {
        #expect(DatabaseSnapshot(text) == nil)
    }
}
