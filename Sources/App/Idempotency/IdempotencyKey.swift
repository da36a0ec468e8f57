import Crypto
package import GraphQL
import OrderedCollections

/// What a caller names a request by, so that sending it again does nothing again: the header
/// `Idempotency-Key`.
package struct IdempotencyKey: Sendable {
    package let text: String

    /// - Throws: `InvalidInput` unless it has 1 to 255 visible ASCII characters.
    package init(_ text: String) throws {
        guard (1...255).contains(text.utf8.count),
            text.utf8.allSatisfy({ (0x21...0x7e).contains($0) })
        else {
            throw InvalidInput(
                "Idempotency-Key must have 1 to 255 visible ASCII characters, such as a UUID")
        }
        self.text = text
    }

    /// Why this operation may not be sent with a key; nil if it may.
    package static func refusal(of operation: PreparedOperation, in schema: Schema) -> String? {
        guard operation.kind == .mutation, operation.rootFieldNames.count == 1,
            let name = operation.rootFieldNames.first
        else {
            return "Idempotency-Key needs a request with exactly one mutation field"
        }
        let field = schema.mutationType?.fields[name]
        guard field?.appliedDirectives.contains(where: { $0.name == "secret" }) == true else {
            return nil
        }
        return "\(name) answers with a secret, which is never kept: "
            + "send it without Idempotency-Key"
    }

    /// SHA-256 of what the request asks for and who asks. The order of variables does not matter.
    static func fingerprint(_ request: Request, of caller: Caller) -> [UInt8] {
        var hash = SHA256()
        var parts = [
            caller.roleName, caller.session?.paymentPointerID.description ?? "", request.query,
            request.operationName ?? "",
            Value.object(request.variables).canonicalText,
        ]
        // An answer is for those alone who may ask for it.
        if caller.restriction != .none {
            parts.append("\(caller.restriction.isReadOnly)")
            parts += caller.restriction.fields ?? []
        }
        for part in parts {
            withUnsafeBytes(of: UInt64(part.utf8.count).littleEndian) {
                hash.update(bufferPointer: $0)
            }
            hash.update(data: Array(part.utf8))
        }
        return Array(hash.finalize())
    }
}

extension Value {
    /// The value with the members of its objects in the order of their names.
    fileprivate var canonicalText: String {
        switch self {
        case .object(let members):
            let texts = members.sorted { $0.key < $1.key }.map { name, value in
                Value.string(name).description + ":" + value.canonicalText
            }
            return "{" + texts.joined(separator: ",") + "}"
        case .list(let elements):
            return "[" + elements.map(\.canonicalText).joined(separator: ",") + "]"
        default: return description
        }
    }
}
