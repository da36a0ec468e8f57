import Foundation
import Testing

@testable import App

@Suite struct UUIDTextTests {
    @Test func `the text is Foundation's in lower case, and is read back`() {
        for _ in 0..<200 {
            let uuid = UUID()
            #expect(uuid.canonicalText == uuid.uuidString.lowercased())
            #expect(UUID(text: uuid.canonicalText) == uuid)
            #expect(UUID(text: uuid.uuidString) == uuid)
        }
    }

    @Test(arguments: [
        "", "0", "00000000-0000-4000-8000-00000000000", "00000000-0000-4000-8000-0000000000000",
        "0000000000000-4000-8000-000000000000", "00000000-0000-4000-8000-00000000000g",
        "00000000-0000-4000-8000 000000000000", "+0000000-0000-4000-8000-000000000000",
        " 0000000-0000-4000-8000-00000000000", "00000000-0000-4000-8000-0000000000é",
        "{0000000-0000-4000-8000-0000000000}", "------------------------------------",
    ])
    func `nothing else is read`(text: String) {
        #expect(UUID(text: text) == nil)
    }
}
