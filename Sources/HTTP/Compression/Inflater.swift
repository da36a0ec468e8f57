import CZlib

/// Decompresses one body as it arrives, and never into more than it is allowed to.
final class Inflater {
    enum Outcome: Equatable {
        case fine
        /// There would be more than the limit; what is over it was not decompressed.
        case tooLarge
        /// The bytes are not what the coding says.
        case malformed
    }

    /// In bytes, decompressed.
    private let limit: Int
    private let coding: ContentCoding
    /// On the heap, because zlib remembers where it stands; nil until the first bytes tell the
    /// format.
    private var stream: UnsafeMutablePointer<z_stream>?
    private var isAtEnd = false
    private var pending: [UInt8] = []
    private(set) var output: [UInt8] = []

    private static let step = 16_384

    init(_ coding: ContentCoding, limit: Int) {
        self.coding = coding
        self.limit = limit
    }

    deinit {
        guard let stream else { return }
        inflateEnd(stream)
        stream.deinitialize(count: 1)
        stream.deallocate()
    }

    /// Whether the compressed data came to its end.
    var isComplete: Bool { isAtEnd && pending.isEmpty }

    /// Takes the next bytes of the body.
    func feed(_ bytes: some Sequence<UInt8>) -> Outcome {
        pending.append(contentsOf: bytes)
        // Two bytes tell the formats apart.
        guard stream != nil || pending.count >= 2 else { return .fine }
        guard let stream = stream ?? open(pending) else { return .malformed }
        let input = pending
        pending = []
        return input.withUnsafeBufferPointer { input in
            stream.pointee.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
            stream.pointee.avail_in = UInt32(clamping: input.count)
            defer { stream.pointee.next_in = nil }
            return inflateAll(stream)
        }
    }

    private func inflateAll(_ stream: UnsafeMutablePointer<z_stream>) -> Outcome {
        while true {
            if isAtEnd {
                guard stream.pointee.avail_in > 0 else { return .fine }
                // A gzip file may have several members (RFC 1952, section 2.2).
                guard coding == .gzip, inflateReset(stream) == Z_OK else { return .malformed }
                isAtEnd = false
            }
            // One byte more than is allowed shows that there is more.
            let room = min(Self.step, limit - output.count + 1)
            var status = Z_OK
            var produced = 0
            let chunk = [UInt8](unsafeUninitializedCapacity: room) { buffer, count in
                stream.pointee.next_out = buffer.baseAddress
                stream.pointee.avail_out = UInt32(room)
                status = inflate(stream, Z_NO_FLUSH)
                produced = room - Int(stream.pointee.avail_out)
                count = produced
            }
            output.append(contentsOf: chunk)
            if output.count > limit { return .tooLarge }
            switch status {
            case Z_STREAM_END: isAtEnd = true
            case Z_OK: if stream.pointee.avail_in == 0, produced < room { return .fine }
            // No progress without more input.
            case Z_BUF_ERROR: return .fine
            default: return .malformed
            }
        }
    }

    /// Some clients send deflate without the zlib header; two bytes tell, because a zlib header
    /// names its method and is a multiple of 31 (RFC 1950, section 2.2).
    private func open(_ start: [UInt8]) -> UnsafeMutablePointer<z_stream>? {
        let windowBits: Int32
        switch coding {
        case .gzip: windowBits = MAX_WBITS + 16
        case .deflate:
            let header = start.prefix(2).reduce(0) { $0 << 8 | Int($1) }
            let hasHeader = (header >> 8) & 0x0f == 8 && header % 31 == 0
            windowBits = hasHeader ? MAX_WBITS : -MAX_WBITS
        }
        let opened = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
        opened.initialize(to: z_stream())
        let size = Int32(MemoryLayout<z_stream>.size)
        guard inflateInit2_(opened, windowBits, ZLIB_VERSION, size) == Z_OK else {
            opened.deinitialize(count: 1)
            opened.deallocate()
            return nil
        }
        stream = opened
        return opened
    }
}
