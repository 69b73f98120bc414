using System.Security.Cryptography;
using System.Text;
using Memory.Core;

namespace Memory.Storage.Upstash;

/// <summary>Names of keys, for callers that declare or read them; <c>Lua/common.lua</c> tells what they hold. An id comes last, so that no two names can meet.</summary>
internal sealed class Keys(string prefix)
{
    // 72 bits: of a billion contents of one thread, two are the same with a chance of 1 in 10,000.
    private const int HashBytes = 9;

    public string Prefix => prefix;

    public string Resources => $"{prefix}:rs";

    public string Pending => $"{prefix}:pe";

    public string Space => $"{prefix}:sp";

    public string Erasures => $"{prefix}:er";

    public string OwnTimesToLive => $"{prefix}:xt";

    public string AccessKeys => $"{prefix}:ks";

    public string AccessKey(string keyId) => $"{prefix}:k:{keyId}";

    public string Head(string threadId) => $"{prefix}:h:{threadId}";

    public string Messages(string threadId) => $"{prefix}:m:{threadId}";

    public string Index(string resourceId) => $"{prefix}:w:{resourceId}";

    public string ByCreation(string resourceId) => $"{prefix}:tc:{resourceId}";

    public string ByChange(string resourceId) => $"{prefix}:tu:{resourceId}";

    public string Document(WorkingMemoryOwner owner) => $"{prefix}:y:{(owner.IsThread ? 't' : 'r')}:{owner.Id}";

    /// <summary>Whatever an addition to a thread of a resource touches.</summary>
    public string[] OfThread(string threadId, string resourceId) =>
        [Head(threadId), Messages(threadId), Index(resourceId), ByCreation(resourceId), ByChange(resourceId), Resources, Pending, Space];

    /// <summary>What the content keys of a thread begin with.</summary>
    public static string Place(string threadId) => Hash(threadId);

    /// <summary>The rest of a content's key.</summary>
    public static string Content(ContentVersion content) => Hash($"{content.Revision} {content.Fingerprint} {content.MessageId}");

    private static string Hash(string text) => Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(text)).AsSpan(0, HashBytes)).Replace('+', '-').Replace('/', '_');
}
