/// Swift source taken apart into code, comments and string literals, line by line.
///
/// It knows nested comments, multi-line, raw and interpolated strings, and names in backticks; that
/// is enough to tell a word of the program from one in a message. Regular-expression literals are
/// read as code.
struct SwiftScan: Sendable {
    struct Literal: Sendable {
        /// Line of its opening quote, from 1.
        let line: Int
        /// What stands between the quotes, without interpolated code.
        let text: String
    }

    /// Each line with comments, names in backticks and the contents of literals left out.
    let code: [String]
    /// Each line's comment text.
    let comments: [String]
    /// In the order of their closing quotes.
    let literals: [Literal]

    init(_ text: String) {
        var scanner = Scanner(bytes: Array(text.utf8))
        scanner.run()
        code = scanner.code.map { String(decoding: $0, as: UTF8.self) }
        comments = scanner.comments.map { String(decoding: $0, as: UTF8.self) }
        literals = scanner.literals
    }
}

/// Walks over the bytes with a stack of what it is inside of.
private struct Scanner {
    private enum Mode {
        /// Code; `parentheses` counts those open inside an interpolation.
        case code(parentheses: Int)
        case literal(quotes: Int, hashes: Int)
        case lineComment
        case blockComment(depth: Int)
        case quotedName
    }

    let bytes: [UInt8]
    var code: [[UInt8]] = [[]]
    var comments: [[UInt8]] = [[]]
    var literals: [SwiftScan.Literal] = []
    private var modes: [Mode] = [.code(parentheses: 0)]
    /// The literals that are open, with the line of their opening quote.
    private var open: [(line: Int, text: [UInt8])] = []
    private var position = 0

    init(bytes: [UInt8]) { self.bytes = bytes }

    mutating func run() {
        while position < bytes.count {
            let byte = bytes[position]
            switch modes.last ?? .code(parentheses: 0) {
            case _ where byte == UInt8(ascii: "\n"): endLine()
            case .code(let parentheses): readCode(byte, parentheses)
            case .literal(let quotes, let hashes): readLiteral(byte, quotes, hashes)
            case .lineComment: readComment()
            case .blockComment(let depth): readBlockComment(byte, depth)
            case .quotedName:
                if byte == UInt8(ascii: "`") { modes.removeLast() }
                position += 1
            }
        }
    }

    private mutating func endLine() {
        switch modes.last {
        case .literal: open[open.count - 1].text.append(UInt8(ascii: "\n"))
        case .lineComment: modes.removeLast()
        default: break
        }
        code.append([])
        comments.append([])
        position += 1
    }

    private mutating func readCode(_ byte: UInt8, _ parentheses: Int) {
        switch byte {
        case UInt8(ascii: "/") where next(UInt8(ascii: "/"), at: 1):
            return enter(.lineComment, skipping: 2)
        case UInt8(ascii: "/") where next(UInt8(ascii: "*"), at: 1):
            return enter(.blockComment(depth: 1), skipping: 2)
        case UInt8(ascii: "`"): return enter(.quotedName, skipping: 1)
        case UInt8(ascii: "\""), UInt8(ascii: "#"): if enterLiteral() { return }
        case UInt8(ascii: "(") where modes.count > 1:
            replaceMode(.code(parentheses: parentheses + 1))
        case UInt8(ascii: ")") where modes.count > 1:
            if parentheses == 1 {
                modes.removeLast()
                position += 1
                return
            }
            replaceMode(.code(parentheses: parentheses - 1))
        default: break
        }
        code[code.count - 1].append(contentsOf: take(until: Self.endsCode))
    }

    /// Enters the literal that begins here, if one does: hashes, then one or three quotes.
    private mutating func enterLiteral() -> Bool {
        let hashes = run(of: UInt8(ascii: "#"), from: position)
        let found = run(of: UInt8(ascii: "\""), from: position + hashes)
        guard found > 0 else { return false }
        let quotes = found >= 3 ? 3 : 1
        open.append((code.count, []))
        code[code.count - 1].append(contentsOf: "\"\"".utf8)
        enter(.literal(quotes: quotes, hashes: hashes), skipping: hashes + quotes)
        return true
    }

    private mutating func readLiteral(_ byte: UInt8, _ quotes: Int, _ hashes: Int) {
        if byte == UInt8(ascii: "\""),
            run(of: byte, from: position) >= quotes,
            run(of: UInt8(ascii: "#"), from: position + quotes) >= hashes
        {
            let (line, text) = open.removeLast()
            literals.append(.init(line: line, text: String(decoding: text, as: UTF8.self)))
            modes.removeLast()
            position += quotes + hashes
        } else if byte == UInt8(ascii: "\\"),
            run(of: UInt8(ascii: "#"), from: position + 1) >= hashes
        {
            // An escape; its letter is left out, and so is an interpolation's parenthesis.
            let interpolates = next(UInt8(ascii: "("), at: 1 + hashes)
            if interpolates { modes.append(.code(parentheses: 1)) }
            position += hashes + 2
        } else {
            open[open.count - 1].text.append(contentsOf: take(until: Self.endsText))
        }
    }

    private mutating func readBlockComment(_ byte: UInt8, _ depth: Int) {
        if byte == UInt8(ascii: "/"), next(UInt8(ascii: "*"), at: 1) {
            replaceMode(.blockComment(depth: depth + 1))
            position += 2
        } else if byte == UInt8(ascii: "*"), next(UInt8(ascii: "/"), at: 1) {
            modes.removeLast()
            if depth > 1 { modes.append(.blockComment(depth: depth - 1)) }
            position += 2
        } else {
            readComment()
        }
    }

    private mutating func readComment() {
        comments[comments.count - 1].append(contentsOf: take(until: Self.endsComment))
    }

    private mutating func enter(_ mode: Mode, skipping count: Int) {
        modes.append(mode)
        position += count
    }

    private static let endsCode = table(of: "\n/`\"#()")
    private static let endsText = table(of: "\n\"\\")
    private static let endsComment = table(of: "\n/*")

    /// For every byte, whether it is one of `characters`.
    private static func table(of characters: String) -> [Bool] {
        (0...UInt8.max).map { characters.utf8.contains($0) }
    }

    /// The current byte, and those after it that `isEnd` does not mark. Tests are built without
    /// optimisation, where a step for each byte is what takes the time.
    private mutating func take(until isEnd: [Bool]) -> ArraySlice<UInt8> {
        let start = position
        position += 1
        while position < bytes.count, !isEnd[Int(bytes[position])] { position += 1 }
        return bytes[start..<position]
    }

    private mutating func replaceMode(_ mode: Mode) {
        modes[modes.count - 1] = mode
    }

    /// Whether `byte` stands `offset` bytes after the current one.
    private func next(_ byte: UInt8, at offset: Int) -> Bool {
        position + offset < bytes.count && bytes[position + offset] == byte
    }

    /// How many times `byte` stands in a row from `start`.
    private func run(of byte: UInt8, from start: Int) -> Int {
        var end = start
        while end < bytes.count, bytes[end] == byte { end += 1 }
        return end - start
    }
}
