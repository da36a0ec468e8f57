/// What was seen of late. When the younger of two generations is full it becomes the older one, and
/// what was not used since is forgotten: memory is bounded, in constant time.
package struct Generations<Key: Hashable, Value> {
    private let size: Int
    private var young: [Key: Value] = [:]
    private var old: [Key: Value] = [:]

    /// - Parameter capacity: how many are remembered at most, at least 2.
    package init(capacity: Int) {
        size = max(capacity / 2, 1)
    }

    package var count: Int { young.count + old.count }

    package subscript(key: Key) -> Value? {
        mutating get {
            if let value = young[key] { return value }
            guard let value = old.removeValue(forKey: key) else { return nil }
            keep(value, key)
            return value
        }
        set {
            old[key] = nil
            guard let newValue else {
                young[key] = nil
                return
            }
            keep(newValue, key)
        }
    }

    private mutating func keep(_ value: Value, _ key: Key) {
        if young[key] == nil, young.count >= size {
            old = young
            young = [:]
        }
        young[key] = value
    }
}

extension Generations: Sendable where Key: Sendable, Value: Sendable {}
