import Hummingbird

// The engine has a `Request` and a `Response` of its own; within this module the server's go by
// these names, so that no file has to say which it means.
typealias ServerRequest = Request
typealias ServerResponse = Response
typealias ServerResponder = HTTPResponder
