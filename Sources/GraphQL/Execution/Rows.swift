/// The sources of the objects of one type at one place of one level.
///
/// They stand in memory of their own rather than in an array, so that a resolver can borrow one
/// without copying it, however many references it holds.
// SAFETY: the memory is written in `init` only, before the object is shared.
final class Rows<Source: Sendable>: @unchecked Sendable {
    private let base: UnsafeMutablePointer<Source>
    let count: Int

    /// Nil where a source is of another Swift type.
    init?(_ sources: [any Sendable]) {
        // The properties are set last: once they are, failing would run `deinit` as well.
        let memory = UnsafeMutablePointer<Source>.allocate(capacity: max(sources.count, 1))
        for (index, source) in sources.enumerated() {
            guard let value = source as? Source else {
                memory.deinitialize(count: index)
                memory.deallocate()
                return nil
            }
            (memory + index).initialize(to: value)
        }
        base = memory
        count = sources.count
    }

    deinit {
        base.deinitialize(count: count)
        base.deallocate()
    }

    /// Calls `body` with the source at an index that is less than `count`.
    @inline(__always)
    func read<Result>(_ index: Int, _ body: (Source) throws -> Result) rethrows -> Result {
        precondition(index >= 0 && index < count)
        return try body(base[index])
    }

    var values: [Source] { Array(UnsafeBufferPointer(start: base, count: count)) }

    @Sendable static func make(_ sources: [any Sendable]) -> (any Sendable)? { Rows(sources) }
}

/// A resolver gave a source of another Swift type than its type's resolvers expect.
struct WrongSource: Error {}

/// A batch resolver gave another number of results than there were parents.
struct WrongBatchSize: Error {}
