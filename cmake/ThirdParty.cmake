# Third-party code: where it comes from, and the hashes that pin it. Nothing here is vendored.

# SQLite's amalgamation, from the npm package better-sqlite3 (package-lock.json pins the package itself).
set(SKERRY_SQLITE_DIR ${PROJECT_SOURCE_DIR}/node_modules/better-sqlite3/deps/sqlite3 CACHE PATH "Folder of sqlite3.c and sqlite3.h")
set(SKERRY_SQLITE_SHA256_sqlite3.c 75a4760a7b9727a4c4c877aec92eacf39e52a8f2921ce00bd33be6d3a8e8e254)
set(SKERRY_SQLITE_SHA256_sqlite3.h d6c84557261893439b341d2e6c35187ae3ea24fbfd843ad94616f72d89242b8c)
foreach(file sqlite3.c sqlite3.h)
  if(NOT EXISTS ${SKERRY_SQLITE_DIR}/${file})
    message(FATAL_ERROR "${SKERRY_SQLITE_DIR}/${file} is missing: run scripts/setup (or npm ci) first")
  endif()
  file(SHA256 ${SKERRY_SQLITE_DIR}/${file} hash)
  if(NOT hash STREQUAL SKERRY_SQLITE_SHA256_${file})
    message(FATAL_ERROR "${file} has SHA-256 ${hash}, expected ${SKERRY_SQLITE_SHA256_${file}}: another SQLite than the one tested")
  endif()
endforeach()

add_library(sqlite3 STATIC ${SKERRY_SQLITE_DIR}/sqlite3.c)
target_include_directories(sqlite3 SYSTEM PUBLIC ${SKERRY_SQLITE_DIR})
target_compile_options(sqlite3 PRIVATE -w)
target_compile_definitions(sqlite3 PUBLIC
  SQLITE_ENABLE_PREUPDATE_HOOK
  SQLITE_ENABLE_FTS5
  SQLITE_ENABLE_DBSTAT_VTAB
  SQLITE_ENABLE_MATH_FUNCTIONS
  SQLITE_ENABLE_COLUMN_METADATA
  SQLITE_DQS=0
  SQLITE_DEFAULT_MEMSTATUS=0
  SQLITE_DEFAULT_WAL_SYNCHRONOUS=1
  SQLITE_LIKE_DOESNT_MATCH_BLOBS
  SQLITE_MAX_EXPR_DEPTH=1000
  SQLITE_OMIT_DEPRECATED
  SQLITE_OMIT_LOAD_EXTENSION
  SQLITE_OMIT_SHARED_CACHE
  SQLITE_USE_ALLOCA
  SQLITE_TEMP_STORE=2)
if(EMSCRIPTEN)
  # One thread, and no file system but our own VFS.
  target_compile_definitions(sqlite3 PUBLIC SQLITE_THREADSAFE=0 SQLITE_OS_OTHER=1)
else()
  target_compile_definitions(sqlite3 PUBLIC SQLITE_THREADSAFE=2)
  find_package(Threads REQUIRED)
  target_link_libraries(sqlite3 PUBLIC Threads::Threads)
endif()
if(SKERRY_SANITIZE)
  target_compile_definitions(sqlite3 PRIVATE SQLITE_DEBUG)
endif()
add_library(skerry_sqlite3 ALIAS sqlite3)

if(NOT EMSCRIPTEN)
  # Debian: catch2 2.13, nlohmann-json3-dev 3.11. Included as system headers by their usual paths.
  find_package(nlohmann_json 3.11 REQUIRED)
endif()
