/// How connections are encrypted, if the server does that itself.
struct TLSSettings: Sendable {
    /// Where certificate and key are; nil when a proxy speaks TLS, or nobody.
    var paths: (certificate: String, key: String)?

    init(from reader: inout SettingsReader) {
        let certificate = reader.value(
            "HAZINA_TLS_CERTIFICATE", fallback: "none: plain HTTP", expected: "a file",
            help: "A file with the certificate and its chain in PEM; SIGHUP reads it anew.",
            parse: { $0 })
        let key = reader.value(
            "HAZINA_TLS_KEY", fallback: "none", expected: "a file",
            help: "A file with the certificate's private key in PEM.", parse: { $0 })
        switch (certificate, key) {
        case (let certificate?, let key?): paths = (certificate, key)
        case (nil, nil): paths = nil
        case (_?, nil):
            reader.require("HAZINA_TLS_KEY", because: "HAZINA_TLS_CERTIFICATE needs its key")
        case (nil, _?):
            reader.require(
                "HAZINA_TLS_CERTIFICATE", because: "HAZINA_TLS_KEY needs its certificate")
        }
    }
}
