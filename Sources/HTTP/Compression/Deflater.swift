import CZlib
import HTTPTypes

/// Compresses whole bodies.
enum Deflater {
    /// The compressed bytes, nil where zlib cannot (it has no memory).
    ///
    /// The fastest level: a page of JSON shrinks to nearly what the best level makes of it, in a
    /// fraction of the time that the request itself takes.
    static func compress(_ bytes: [UInt8], _ coding: ContentCoding) -> [UInt8]? {
        guard bytes.count < Int(UInt32.max) else { return nil }
        var stream = z_stream()
        let windowBits = coding == .gzip ? MAX_WBITS + 16 : MAX_WBITS
        let size = Int32(MemoryLayout<z_stream>.size)
        return withUnsafeMutablePointer(to: &stream) { stream -> [UInt8]? in
            guard
                deflateInit2_(
                    stream, Z_BEST_SPEED, Z_DEFLATED, windowBits, 8, Z_DEFAULT_STRATEGY,
                    ZLIB_VERSION, size) == Z_OK
            else { return nil }
            defer { deflateEnd(stream) }
            let bound = Int(deflateBound(stream, UInt(bytes.count)))
            var isDone = false
            let output = bytes.withUnsafeBufferPointer { input in
                [UInt8](unsafeUninitializedCapacity: bound) { buffer, count in
                    stream.pointee.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
                    stream.pointee.avail_in = UInt32(clamping: input.count)
                    stream.pointee.next_out = buffer.baseAddress
                    stream.pointee.avail_out = UInt32(clamping: bound)
                    isDone = deflate(stream, Z_FINISH) == Z_STREAM_END
                    count = bound - Int(stream.pointee.avail_out)
                }
            }
            return isDone ? output : nil
        }
    }
}

extension Answer {
    /// A body below this is left alone: it fits into one packet, and compressing would only cost.
    /// In bytes.
    static let smallestCompressed = 1400

    /// The answer as the client takes it.
    ///
    /// What an attacker could make the server say beside a secret, over and over and with texts of
    /// its own choice, must not be compressed: the length then tells the secret (the BREACH
    /// attack). Here no cookie makes a browser send a credential for another site, and secrets are
    /// shown only once, by the mutation that made them. Even so nothing is compressed but the
    /// answers of queries, which hold no secret at all; a client that forbids anything else
    /// (`identity;q=0`) decides for itself.
    func compressed(for accepted: AcceptedCodings) -> Answer {
        guard let coding = accepted.preferred, stream == nil else { return self }
        if accepted.allowsIdentity {
            guard isCompressible, body.count >= Self.smallestCompressed else { return self }
        }
        guard let compressed = Deflater.compress(body, coding) else { return self }
        guard compressed.count < body.count || !accepted.allowsIdentity else { return self }
        var answer = self
        answer.body = compressed
        answer.headers[.contentEncoding] = coding.rawValue
        return answer
    }
}
