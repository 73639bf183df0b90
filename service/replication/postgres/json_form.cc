#include "replication/postgres/json_form.h"

#include <optional>

#include "base/json.h"
#include "row/value.h"

namespace skerry::replication::pg {
namespace {

// Deeper than any value that an app stores on purpose; bounds the recursion.
constexpr int kMaxDepth = 64;

class Form {
 public:
  Form(std::string& out, const TypeCatalog& types) : out_(out), types_(types) {}

  bool Value(const Type& type, std::string_view text, int depth) {
    if (depth > kMaxDepth) return false;
    switch (type.kind) {
      case TypeKind::kArray:
        return Array(type, text, depth);
      case TypeKind::kComposite:
        return Composite(type, text, depth);
      case TypeKind::kRange:
        return Range(type, text, depth);
      case TypeKind::kMultirange:
        return Multirange(type, text, depth);
      case TypeKind::kJson:
        out_ += text;
        return true;
      default:
        break;
    }
    TextPool pool;
    if (!row::AppendJson(out_, types_.Decode(type, text, pool))) out_ += "null";
    return true;
  }

 private:
  // {1,NULL,"a \"b\""}, also nested, also with bounds before it: [0:1]={1,2}.
  bool Array(const Type& type, std::string_view text, int depth) {
    if (!text.empty() && text.front() == '[') {
      const std::size_t equals = text.find('=');
      if (equals == std::string_view::npos) return false;
      text.remove_prefix(equals + 1);
    }
    return ArrayLevel(type, text, depth) && text.empty();
  }

  bool ArrayLevel(const Type& type, std::string_view& text, int depth) {
    if (depth > kMaxDepth || !Skip(text, '{')) return false;
    out_ += '[';
    for (bool first = true; !Skip(text, '}'); first = false) {
      if (!first) {
        if (!Skip(text, type.delimiter)) return false;
        out_ += ',';
      }
      if (text.empty()) return false;
      if (text.front() == '{') {
        if (!ArrayLevel(type, text, depth + 1)) return false;
        continue;
      }
      std::string item;
      bool is_quoted = false;
      const char ends[] = {type.delimiter, '}', '\0'};
      if (!Item(text, ends, item, is_quoted)) return false;
      if (!is_quoted && item == "NULL") {
        out_ += "null";
      } else if (!Value(types_.Find(type.element), item, depth + 1)) {
        return false;
      }
    }
    out_ += ']';
    return true;
  }

  // (1,,"a b"): nothing between commas is NULL.
  bool Composite(const Type& type, std::string_view text, int depth) {
    if (!Skip(text, '(')) return false;
    out_ += '{';
    for (std::size_t i = 0; i < type.fields.size(); ++i) {
      if (i > 0) {
        if (!Skip(text, ',')) return false;
        out_ += ',';
      }
      AppendJsonString(out_, type.fields[i].first);
      out_ += ':';
      if (!Part(types_.Find(type.fields[i].second), text, ",)", depth)) return false;
    }
    out_ += '}';
    return text == ")";
  }

  // [1,10), (,"b c"], empty
  bool Range(const Type& type, std::string_view text, int depth) {
    if (text == "empty") {
      out_ += "\"empty\"";
      return true;
    }
    return RangeOf(types_.Find(type.element), text, depth) && text.empty();
  }

  bool RangeOf(const Type& element, std::string_view& text, int depth) {
    const bool lower_exclusive = Skip(text, '(');
    if (!lower_exclusive && !Skip(text, '[')) return false;
    out_ += "{\"lower\":";
    if (!Part(element, text, ",", depth) || !Skip(text, ',')) return false;
    out_ += ",\"upper\":";
    if (!Part(element, text, ")]", depth)) return false;
    const bool upper_exclusive = Skip(text, ')');
    if (!upper_exclusive && !Skip(text, ']')) return false;
    out_ += lower_exclusive ? ",\"lower_exclusive\":1" : ",\"lower_exclusive\":0";
    out_ += upper_exclusive ? ",\"upper_exclusive\":1}" : ",\"upper_exclusive\":0}";
    return true;
  }

  bool Multirange(const Type& type, std::string_view text, int depth) {
    const Type& range = types_.Find(type.element);
    const Type& element = types_.Find(range.element);
    if (!Skip(text, '{')) return false;
    out_ += '[';
    for (bool first = true; !Skip(text, '}'); first = false) {
      if (!first) {
        if (!Skip(text, ',')) return false;
        out_ += ',';
      }
      if (!RangeOf(element, text, depth)) return false;
    }
    out_ += ']';
    return text.empty();
  }

  // A field or bound: NULL if there is nothing before one of `ends`.
  bool Part(const Type& type, std::string_view& text, const char* ends, int depth) {
    std::string item;
    bool is_quoted = false;
    if (!Item(text, ends, item, is_quoted)) return false;
    if (item.empty() && !is_quoted) {
      out_ += "null";
      return true;
    }
    return Value(type, item, depth + 1);
  }

  // Up to one of `ends`, which stays. Quoted parts may hold anything; "" and \" are a quote inside them.
  static bool Item(std::string_view& text, const char* ends, std::string& item, bool& is_quoted) {
    bool in_quotes = false;
    while (!text.empty()) {
      const char c = text.front();
      if (!in_quotes && std::string_view(ends).find(c) != std::string_view::npos) return true;
      text.remove_prefix(1);
      if (c == '\\') {
        if (text.empty()) return false;
        item += text.front();
        text.remove_prefix(1);
      } else if (c != '"') {
        item += c;
      } else if (in_quotes && !text.empty() && text.front() == '"') {
        item += '"';
        text.remove_prefix(1);
      } else {
        in_quotes = !in_quotes;
        is_quoted = true;
      }
    }
    return false;
  }

  static bool Skip(std::string_view& text, char c) {
    if (text.empty() || text.front() != c) return false;
    text.remove_prefix(1);
    return true;
  }

  std::string& out_;
  const TypeCatalog& types_;
};

}  // namespace

bool AppendAsJson(std::string& out, const TypeCatalog& types, const Type& type, std::string_view text) {
  return Form(out, types).Value(type, text, 0);
}

}  // namespace skerry::replication::pg
