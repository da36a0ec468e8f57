import App
import TestSupport
import Testing

@Suite struct SecretTests {
    @Test(arguments: Secret.Kind.allCases)
    func `a secret says what it is and carries a checksum`(_ kind: Secret.Kind) throws {
        let secret = Secret.random(kind)
        #expect(secret.text.hasPrefix("hz_\(kind.rawValue)_"))
        #expect(secret.text.count == 55)
        let read = try #require(Secret(secret.text))
        #expect(read.kind == kind)
        #expect(read.hash == secret.hash)
        #expect(secret.hash.count == 32)
        #expect("\(secret)".count < 20)
    }

    @Test func `a mistyped secret is told without a look-up`() {
        let text = Secret.random(.tenantKey).text
        for position in text.indices {
            var mistyped = text
            let other: Character = text[position] == "a" ? "b" : "a"
            mistyped.replaceSubrange(position...position, with: String(other))
            #expect(Secret(mistyped) == nil)
        }
        #expect(Secret(text + "a") == nil)
        #expect(Secret("") == nil)
    }

    @Test func `secrets differ`() {
        #expect(Set((0..<1000).map { _ in Secret.random(.session).text }).count == 1000)
    }

    @Test func `operator keys are compared whole`() {
        let keys = OperatorKeys(["first-key-0123456789", "second-key-0123456789"])
        #expect(keys.contains("first-key-0123456789"))
        #expect(keys.contains("second-key-0123456789"))
        #expect(!keys.contains("first-key-012345678"))
        #expect(!keys.contains(""))
        #expect(!OperatorKeys([]).contains(""))
    }
}
