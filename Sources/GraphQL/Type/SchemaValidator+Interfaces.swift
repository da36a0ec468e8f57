import OrderedCollections

/// https://spec.graphql.org/September2025/#IsValidImplementation()
extension SchemaValidator {
    mutating func checkInterfaces(
        _ interfaces: [String], of name: String,
        _ fields: OrderedDictionary<String, FieldDefinition>, _ position: SchemaPosition
    ) {
        var known: Set<String> = []
        for interfaceName in interfaces {
            guard case .interface(let interface)? = schema.types[interfaceName] else {
                report(
                    "Type \(name) must only implement Interface types, it cannot implement "
                        + "\(interfaceName).",
                    at: position)
                continue
            }
            if interfaceName == name {
                report(
                    "Type \(name) cannot implement itself because it would create a circular "
                        + "reference.",
                    at: position)
                continue
            }
            if !known.insert(interfaceName).inserted {
                report("Type \(name) can only implement \(interfaceName) once.", at: position)
                continue
            }
            for ancestor in interface.interfaces where !interfaces.contains(ancestor) {
                report(
                    ancestor == name
                        ? "Type \(name) cannot implement \(interfaceName) because it would create "
                            + "a circular reference."
                        : "Type \(name) must implement \(ancestor) because it is implemented by "
                            + "\(interfaceName).",
                    at: position)
            }
            for field in interface.fields.values {
                check(fields[field.name], of: name, implements: field, of: interfaceName, position)
            }
        }
    }

    private mutating func check(
        _ own: FieldDefinition?, of type: String, implements field: FieldDefinition,
        of interface: String, _ position: SchemaPosition
    ) {
        let there = "\(interface).\(field.name)"
        let here = "\(type).\(field.name)"
        guard let own else {
            report(
                "Interface field \(there) expected but \(type) does not provide it.", at: position)
            return
        }
        if !schema.isSubtype(own.type, of: field.type) {
            report(
                "Interface field \(there) expects type \(field.type) but \(here) is type "
                    + "\(own.type).",
                at: own.position)
        }
        for argument in field.arguments {
            guard let ownArgument = own.argument(named: argument.name) else {
                report(
                    "Interface field argument \(there)(\(argument.name):) expected but \(here) "
                        + "does not provide it.",
                    at: own.position)
                continue
            }
            if ownArgument.type != argument.type {
                report(
                    "Interface field argument \(there)(\(argument.name):) expects type "
                        + "\(argument.type) but \(here)(\(argument.name):) is type "
                        + "\(ownArgument.type).",
                    at: ownArgument.position)
            }
        }
        for argument in own.arguments
        where argument.isRequired && field.argument(named: argument.name) == nil {
            report(
                "Field \(here) includes required argument \(argument.name) that is missing from "
                    + "the Interface field \(there).",
                at: argument.position)
        }
    }
}
