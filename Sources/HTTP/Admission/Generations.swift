/// What was seen of late, by number. When the younger of two generations is full it becomes the
/// older one, and what was not used since is forgotten: memory is bounded, in constant time.
struct Generations<Value> {
    private let size: Int
    private var young: [Int: Value] = [:]
    private var old: [Int: Value] = [:]

    /// - Parameter capacity: how many are remembered at most, at least 2.
    init(capacity: Int) {
        size = max(capacity / 2, 1)
    }

    var count: Int { young.count + old.count }

    subscript(number: Int) -> Value? {
        mutating get {
            if let value = young[number] { return value }
            guard let value = old.removeValue(forKey: number) else { return nil }
            keep(value, number)
            return value
        }
        set {
            old[number] = nil
            guard let newValue else {
                young[number] = nil
                return
            }
            keep(newValue, number)
        }
    }

    private mutating func keep(_ value: Value, _ number: Int) {
        if young[number] == nil, young.count >= size {
            old = young
            young = [:]
        }
        young[number] = value
    }
}
