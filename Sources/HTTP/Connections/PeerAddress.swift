import App
import NIOCore

extension IPAddress {
    /// The address of the other end of a connection; nil if it has none.
    init?(_ address: SocketAddress) {
        // In both structures the address stands behind family and port, in the second also behind
        // the flow's number; their members belong to a module that is not public.
        switch address {
        case .v4(let v4): self.init(bytes: withUnsafeBytes(of: v4.address) { Array($0[4..<8]) })
        case .v6(let v6): self.init(bytes: withUnsafeBytes(of: v6.address) { Array($0[8..<24]) })
        case .unixDomainSocket: return nil
        }
    }
}
