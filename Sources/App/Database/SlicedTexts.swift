/// Lists of texts as one array with the places of each, since SQL's arrays of arrays must all have
/// the same length.
struct SlicedTexts: Sendable {
    let texts: [String]
    /// Where each list begins in `texts`, from 1 on.
    let firsts: [Int32]
    /// Where it ends; before its beginning for an empty one.
    let lasts: [Int32]

    init(_ lists: [[String]]) {
        texts = lists.flatMap(\.self)
        var firsts: [Int32] = []
        var lasts: [Int32] = []
        var count: Int32 = 0
        for list in lists {
            firsts.append(count + 1)
            count += Int32(list.count)
            lasts.append(count)
        }
        self.firsts = firsts
        self.lasts = lasts
    }
}
