// The file of a deployment that is made while another one goes on: "<path>-next" (docs/service-storage.md).
//
// It takes over in one commit, and gets the name `path` at the next start. Whenever the process dies, the file that
// counts is whole: the successor's if it has taken over, else the other.
#pragma once

#include <string>

#include "base/result.h"

namespace skerry::storage {

std::string SuccessorPath(const std::string& path);
// The file with the deployment that is served, as long as no more than one is there.
std::string PresentPath(const std::string& path);

// Gives the file of a successor that took over the name `path`. Whoever calls holds the storage's lock, and nobody has
// the files open.
Status SettleSuccession(const std::string& path);

// The file and its log, in use or not.
void RemoveStorage(const std::string& path);

}  // namespace skerry::storage
