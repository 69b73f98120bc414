using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

namespace Memory.Architecture.Tests;

/// <summary>The members of other assemblies that an assembly uses, read from its metadata.</summary>
internal static class AssemblyCalls
{
    public static IReadOnlySet<(string Type, string Member)> Of(Assembly assembly)
    {
        using var file = new PEReader(File.OpenRead(assembly.Location));
        var metadata = file.GetMetadataReader();
        return metadata.MemberReferences
            .Select(metadata.GetMemberReference)
            .Select(member => (Type(metadata, member.Parent), metadata.GetString(member.Name)))
            .ToHashSet();
    }

    private static string Type(MetadataReader metadata, EntityHandle handle)
    {
        switch (handle.Kind)
        {
            case HandleKind.TypeReference:
                var type = metadata.GetTypeReference((TypeReferenceHandle)handle);
                return $"{metadata.GetString(type.Namespace)}.{metadata.GetString(type.Name)}";
            case HandleKind.TypeSpecification:
                // ECMA-335 II.23.2.14: a generic type is GENERICINST, CLASS or VALUETYPE, and then the type itself.
                var signature = metadata.GetBlobReader(metadata.GetTypeSpecification((TypeSpecificationHandle)handle).Signature);
                return signature.ReadSignatureTypeCode() == SignatureTypeCode.GenericTypeInstance && signature.ReadByte() is 0x11 or 0x12
                    ? Type(metadata, signature.ReadTypeHandle())
                    : "";
            default:
                return "";
        }
    }
}
