#include "app/static_files.h"

#include <filesystem>

#include "app/text_file.h"
#include "http/target.h"

namespace skerry::app {
namespace {

namespace fs = std::filesystem;

struct MimeType {
  std::string_view extension;
  std::string_view type;
};
constexpr MimeType kMimeTypes[] = {
    {".html", "text/html; charset=utf-8"},
    {".js", "text/javascript; charset=utf-8"},
    {".mjs", "text/javascript; charset=utf-8"},
    {".css", "text/css; charset=utf-8"},
    {".json", "application/json; charset=utf-8"},
    {".map", "application/json; charset=utf-8"},
    {".webmanifest", "application/manifest+json; charset=utf-8"},
    {".wasm", "application/wasm"},
    {".svg", "image/svg+xml"},
    {".png", "image/png"},
    {".jpg", "image/jpeg"},
    {".webp", "image/webp"},
    {".ico", "image/x-icon"},
    {".woff2", "font/woff2"},
    {".txt", "text/plain; charset=utf-8"},
};

std::string_view TypeOf(std::string_view extension) {
  for (const MimeType& mime : kMimeTypes) {
    if (mime.extension == extension) return mime.type;
  }
  return "application/octet-stream";
}

// The page's own code and the sync service only; WebAssembly needs its own word.
constexpr std::string_view kPolicy =
    "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self' http://127.0.0.1:* http://localhost:*; object-src 'none'; base-uri 'self'; "
    "frame-ancestors 'none'";

// Every segment an ordinary name: no "..", no ".git", no backslash, nothing that ends a C string.
bool IsOrdinary(std::string_view path) {
  if (path.empty() || path[0] != '/' || path.find('\\') != path.npos || path.find('\0') != path.npos) return false;
  return path.find("/.") == path.npos;
}

bool AcceptsPages(const http::Request& request) {
  return request.Header("accept").value_or("").find("text/html") != std::string_view::npos;
}

}  // namespace

StaticFiles::StaticFiles(std::string folder) {
  std::error_code ignored;
  folder_ = fs::canonical(folder, ignored).string();
}

std::optional<std::string> StaticFiles::Locate(std::string_view target) const {
  const auto path = http::PercentDecode(http::PathOf(target), false);
  if (!path || !IsOrdinary(*path)) return std::nullopt;
  std::error_code failure;
  fs::path file = fs::canonical(folder_ + *path, failure);
  if (!failure && fs::is_directory(file, failure)) file = fs::canonical(file / "index.html", failure);
  if (failure || !fs::is_regular_file(file, failure)) return std::nullopt;
  if (file.string().rfind(folder_ + "/", 0) != 0) return std::nullopt;  // A link that leads out.
  return file.string();
}

std::optional<http::Response> StaticFiles::Serve(const http::Request& request) const {
  if (folder_.empty()) return std::nullopt;
  auto file = Locate(request.target);
  const bool has_extension = fs::path(http::PathOf(request.target)).has_extension();
  if (!file && !has_extension && AcceptsPages(request)) file = Locate("/index.html");
  if (!file) return std::nullopt;
  return Read(*file, request);
}

http::Response StaticFiles::Read(const std::string& file, const http::Request& request) const {
  std::error_code ignored;
  const auto changed = fs::last_write_time(file, ignored).time_since_epoch().count();
  const std::string size = std::to_string(fs::file_size(file, ignored));
  const std::string tag = '"' + size + '-' + std::to_string(changed) + '"';
  // A bundler's assets carry a hash of their content in their names; everything else is asked for again.
  const bool is_immutable = file.find("/assets/") != std::string::npos;
  http::Response response;
  response.headers = {{"cache-control", is_immutable ? "public, max-age=31536000, immutable" : "no-cache"},
                      {"etag", tag},
                      {"content-security-policy", std::string(kPolicy)},
                      {"x-content-type-options", "nosniff"},
                      {"referrer-policy", "no-referrer"}};
  if (request.Header("if-none-match") == tag) {
    response.status = 304;
    return response;
  }
  auto text = ReadTextFile(file);
  if (!text.ok()) {
    response.status = 500;
    return response;
  }
  response.headers.emplace_back("content-type", TypeOf(fs::path(file).extension().string()));
  response.body = *std::move(text);
  return response;
}

}  // namespace skerry::app
