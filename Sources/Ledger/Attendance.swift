/// How many callers there are at once, learnt from how many there were of late: once as many are
/// there again, no other is likely to come before one of them has got its answer.
struct Attendance {
    /// After how many batches the largest number is forgotten, at the latest after twice as many.
    private static let memory = 16

    private var largest = 0
    private var seen = 0
    private var largestBefore: Int?

    /// Notes how many were there when a batch ended, or when nobody was waited for any longer.
    mutating func note(_ count: Int) {
        largest = max(largest, count)
        seen += 1
        guard seen == Self.memory else { return }
        largestBefore = largest
        largest = 0
        seen = 0
    }

    /// Whether so many are all that may be expected; false as long as little is known.
    func isFull(_ count: Int) -> Bool {
        guard let largestBefore else { return false }
        return count >= max(largest, largestBefore)
    }
}
