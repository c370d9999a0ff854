#include "tests/support/power_cut.hpp"

#include "tools/faults/disk_account.hpp"

#include <algorithm>
#include <fstream>
#include <map>
#include <random>
#include <set>

namespace parley::testing {

namespace fs = std::filesystem;

namespace {

constexpr size_t page = 4096;

using names = std::map<std::string, std::string>; ///< Name, id.

/// All directories by their ids.
using tree = std::map<std::string, names>;

tree synced_names(const fs::path& account) {
  tree result;
  for (auto& x : fs::directory_iterator{account})
    if (x.path().extension() == ".names") {
      auto& dir = result[x.path().stem()];
      std::ifstream in{x.path()};
      for (std::string id, name; in >> id && in.ignore() && std::getline(in, name);)
        dir[name] = id;
    }
  return result;
}

/// What the program saw last.
struct present {
  tree dirs;
  std::map<std::string, fs::path> files;

  explicit present(const fs::path& dir) {
    dirs[faults::id_of(dir)];
    for (auto& x : fs::recursive_directory_iterator{dir}) {
      auto id = faults::id_of(x.path());
      dirs[faults::id_of(x.path().parent_path())][x.path().filename()] = id;
      if (x.is_directory())
        dirs[id];
      else
        files[id] = x.path();
    }
  }
};

class rewinding {
public:
  rewinding(const fs::path& dir, const fs::path& account, kept how, uint64_t seed)
      : account_(account), how_(how), dice_(seed), then_(synced_names(account)), now_(dir) {
    choose_names();
    give_back_the_nameless();
  }

  void build(const std::string& id, const fs::path& at) {
    fs::create_directory(at);
    for (auto& [name, x] : result_[id])
      if (then_.contains(x) || now_.dirs.contains(x))
        build(x, at / name);
      else if (auto [known, fresh] = built_.emplace(x, at / name); fresh)
        write_file(x, at / name);
      else
        fs::create_hard_link(known->second, at / name);
  }

private:
  bool coin() {
    return dice_() % 2 == 0;
  }

  bool keeps() {
    return how_ == kept::all || (how_ == kept::parts && coin());
  }

  /// For each name what was synced, or what is there now.
  void choose_names() {
    auto all = then_;
    for (auto& [id, dir] : now_.dirs)
      all[id].insert(dir.begin(), dir.end());
    for (auto& [id, dir] : all)
      for (auto& [name, ignored] : dir) {
        auto& from = keeps() ? now_.dirs[id] : then_[id];
        if (auto at = from.find(name); at != from.end())
          result_[id][name] = at->second;
      }
  }

  /// A file that changed its name is never without one: a rename is one change.
  void give_back_the_nameless() {
    std::set<std::string> named;
    std::set<std::string> still;
    for (auto& [id, dir] : result_)
      for (auto& [name, x] : dir)
        named.insert(x);
    for (auto& [id, dir] : now_.dirs)
      for (auto& [name, x] : dir)
        still.insert(x);
    for (auto& [id, dir] : then_)
      for (auto& [name, x] : dir)
        if (still.contains(x) && !named.contains(x))
          result_[id].emplace(name, x);
  }

  void write_file(const std::string& id, const fs::path& at) {
    auto bytes = fs::exists(account_ / id) ? read_file(account_ / id) : std::string{};
    if (auto real = now_.files.find(id); real != now_.files.end())
      add_unsynced(bytes, read_file(real->second), real->second);
    std::ofstream{at, std::ios::binary} << bytes;
  }

  void add_unsynced(std::string& bytes, const std::string& now, const fs::path& path) {
    auto same = std::min(bytes.size(), now.size());
    if (now.compare(0, same, bytes, 0, same) != 0)
      throw std::runtime_error(path.string() + " was changed where it had been synced");
    if (!keeps())
      return;
    auto synced = bytes.size();
    bytes = now;
    if (how_ == kept::all || bytes.size() <= synced)
      return;
    if (coin())
      bytes.resize(synced + dice_() % (bytes.size() - synced + 1));
    if (coin()) // Pages come to the disk in any order; one that did not is zeroes.
      for (auto from = synced; from < bytes.size(); from = (from / page + 1) * page)
        if (coin()) {
          auto to = bytes.begin()
                    + static_cast<ptrdiff_t>(std::min(bytes.size(), (from / page + 1) * page));
          std::fill(bytes.begin() + static_cast<ptrdiff_t>(from), to, '\0');
        }
  }

  fs::path account_;
  kept how_;
  std::mt19937_64 dice_;
  tree then_;
  present now_;
  tree result_;
  std::map<std::string, fs::path> built_; ///< Files, by their ids.
};

} // namespace

void rewind(const fs::path& dir, const fs::path& account, kept how, uint64_t seed) {
  auto fresh = fs::path{dir} += ".rewound";
  rewinding{dir, account, how, seed}.build(faults::id_of(dir), fresh);
  fs::remove_all(dir);
  fs::rename(fresh, dir);
}

forgetful_node::forgetful_node(node_process& node) : node_(node) {
  node_.kill();
  node_.start_in(
    preload(FORGETFUL_DISK, {"FORGETFUL_DISK=" + node_.data_dir().string(),
                             "FORGETFUL_DISK_ACCOUNT=" + (place_.path() / "account").string()}));
}

void forgetful_node::cut_power(kept how, uint64_t seed) {
  node_.kill();
  rewind(node_.data_dir(), place_.path() / "account", how, seed);
}

} // namespace parley::testing
