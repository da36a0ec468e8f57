import Testing

@testable import App

@Suite struct GenerationsTests {
    @Test func `what is used stays, and no more than the capacity is kept`() {
        var seen = Generations<Int, Int>(capacity: 10)
        for number in 0..<1_000 {
            seen[number] = number
            #expect(seen[0] == 0)
            #expect(seen.count <= 10)
        }
        #expect(seen[1] == nil)
        #expect(seen[999] == 999)
        seen[999] = nil
        #expect(seen[999] == nil)
    }
}
