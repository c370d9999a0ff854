#define BOOST_TEST_MODULE data_key

#include "node/data_key.hpp"

#include "persistence/data_directory.hpp"
#include "persistence/disk_cipher.hpp"
#include "persistence/rocks_store.hpp"
#include "schema/identity.hpp"
#include "tests/support/temp_dir.hpp"

#include <boost/test/unit_test.hpp>

#include <fstream>
#include <thread>
#include <vector>

// Who may open a data directory, and how its key is changed.

using namespace parley;
using namespace parley::testing;

namespace {

namespace fs = std::filesystem;

const std::string first_key(disk_cipher::key_bytes, 'k');
const std::string new_key(disk_cipher::key_bytes, 'n');

struct fixture {
  temp_dir place;
  fs::path dir = place.path() / "data";
  fs::path sealed = dir / "sealed.key";
  std::shared_ptr<const disk_cipher> cipher;

  status unlock(const std::string& with, const std::string& old = {}) {
    cipher.reset();
    return unlock_data_directory(dir, with, old, cipher);
  }

  /// Whether the line names the directory and has these words.
  bool refused_with(std::string_view words, const std::string& with, const std::string& old = {}) {
    auto done = unlock(with, old);
    BOOST_TEST_MESSAGE(done.text);
    return !done.ok() && !cipher && done.text.starts_with("data directory " + dir.string())
           && done.text.find(words) != std::string::npos
           && done.text.find('\n') == std::string::npos;
  }

  /// Makes a store in it, or opens the one that is there.
  status open() {
    rocks_options options;
    options.reserve_bytes = 0;
    options.cipher = cipher;
    std::unique_ptr<store> rows;
    return open_rocks_store(dir, options, rows);
  }

  std::string shown(const std::string& name) const {
    return cipher ? cipher->show_name(name) : "";
  }

  std::string read() const {
    std::ifstream in{sealed};
    return {std::istreambuf_iterator<char>{in}, {}};
  }

  void write(const fs::path& to, const std::string& text) {
    std::ofstream{to} << text;
  }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(data_key_test, fixture)

BOOST_AUTO_TEST_CASE(a_new_directory_gets_a_key_of_its_own_and_keeps_it) {
  BOOST_TEST(unlock(first_key).text == "");
  auto name = cipher->hide_name("sixteen letters!");
  auto written = read();
  BOOST_TEST(((fs::status(sealed).permissions() & fs::perms{077}) == fs::perms::none));
  BOOST_TEST(open().text == "");
  BOOST_TEST(unlock(first_key).text == "");
  BOOST_TEST(shown(name) == "sixteen letters!");
  BOOST_TEST(read() == written);
  BOOST_TEST(open().text == "");
  dir = place.path() / "another";
  BOOST_TEST(unlock(first_key).text == "");
  BOOST_TEST(shown(name) != "sixteen letters!");
}

BOOST_AUTO_TEST_CASE(a_plain_directory_is_left_alone_without_a_key_and_refused_with_one) {
  BOOST_TEST(unlock("").text == "");
  BOOST_TEST(!cipher);
  BOOST_TEST(!fs::exists(dir));
  BOOST_TEST(open().text == "");
  BOOST_TEST(unlock("").text == "");
  BOOST_TEST(refused_with("is not encrypted; go on without --data-key", first_key));
  BOOST_TEST(!fs::exists(sealed));
}

BOOST_AUTO_TEST_CASE(an_encrypted_directory_is_refused_without_its_key) {
  BOOST_TEST(unlock(first_key).text == "");
  BOOST_TEST(open().text == "");
  BOOST_TEST(refused_with("is encrypted; give its key (--data-key)", ""));
  BOOST_TEST(refused_with("is encrypted under another key than that of --data-key", new_key));
  BOOST_TEST(refused_with("than those of --data-key and --old-data-key", new_key,
                          std::string(disk_cipher::key_bytes, 'x')));
  BOOST_TEST(unlock(first_key).text == "");
}

BOOST_AUTO_TEST_CASE(a_key_that_was_changed_opens_and_the_old_one_does_not) {
  BOOST_TEST(unlock(first_key).text == "");
  auto name = cipher->hide_name("sixteen letters!");
  BOOST_TEST(unlock(new_key, first_key).text == "");
  BOOST_TEST(shown(name) == "sixteen letters!");
  BOOST_TEST(unlock(new_key).text == "");
  BOOST_TEST(shown(name) == "sixteen letters!");
  BOOST_TEST(refused_with("another key", first_key));
  BOOST_TEST(unlock(new_key, first_key).text == ""); // Given once more, it does no harm.
  BOOST_TEST(unlock(first_key, new_key).text == ""); // And back.
}

BOOST_AUTO_TEST_CASE(a_crash_while_the_key_is_changed_leaves_one_of_both) {
  BOOST_TEST(unlock(first_key).text == "");
  auto name = cipher->hide_name("sixteen letters!");
  auto before = read();
  BOOST_TEST(unlock(new_key, first_key).text == "");
  auto after = read();
  auto half_written = fs::path{sealed.string() + ".new"};
  for (auto& there : {before, after})
    for (size_t torn : {size_t{0}, size_t{10}, after.size()}) {
      write(sealed, there);
      write(half_written, after.substr(0, torn));
      BOOST_TEST(unlock(there == before ? first_key : new_key).text == "");
      BOOST_TEST(unlock(new_key, first_key).text == "");
      BOOST_TEST(shown(name) == "sixteen letters!");
      BOOST_TEST(refused_with("another key", first_key));
    }
}

BOOST_AUTO_TEST_CASE(nodes_that_begin_at_once_in_a_directory_get_the_same_key) {
  std::vector<std::thread> nodes;
  std::vector<std::shared_ptr<const disk_cipher>> ciphers(8);
  for (auto& x : ciphers)
    nodes.emplace_back([this, &x] { (void)unlock_data_directory(dir, first_key, {}, x); });
  for (auto& x : nodes)
    x.join();
  for (auto& x : ciphers)
    BOOST_TEST(
      (x && x->hide_name("sixteen letters!") == ciphers[0]->hide_name("sixteen letters!")));
}

BOOST_AUTO_TEST_CASE(a_directory_that_died_before_it_had_a_store_is_opened_again) {
  BOOST_TEST(unlock(first_key).text == "");
  fs::remove(sealed); // As if it had not come so far.
  BOOST_TEST(unlock(first_key).text == "");
  fs::create_directories(rocksdb_directory(dir));
  write(rocksdb_directory(dir) / "LOCK", "");
  BOOST_TEST(unlock(first_key).text == "");
  BOOST_TEST(open().text == "");
}

BOOST_AUTO_TEST_CASE(no_second_key_is_made_for_a_directory_that_lost_its_own) {
  BOOST_TEST(unlock(first_key).text == "");
  BOOST_TEST(open().text == "");
  auto copy = read();
  fs::remove(sealed);
  for (auto& with : {first_key, std::string{}})
    BOOST_TEST(refused_with("has lost sealed.key", with));
  BOOST_TEST(!fs::exists(sealed));
  write(sealed, "what is this?");
  BOOST_TEST(refused_with("has a damaged sealed.key", first_key));
  write(sealed, copy);
  BOOST_TEST(unlock(first_key).text == "");
  BOOST_TEST(open().text == "");
}

BOOST_AUTO_TEST_CASE(a_key_is_64_digits_in_a_file_of_its_owner) {
  auto file = place.path() / "key";
  std::string found;
  BOOST_TEST(read_data_key(file, found).text.ends_with("No such file or directory"));
  write(file, to_hex(first_key) + "\n");
  fs::permissions(file, fs::perms{0640});
  auto open_to_others = read_data_key(file, found);
  BOOST_TEST(open_to_others.text
             == "others than its owner can use " + file.string() + "; chmod 600 it");
  fs::permissions(file, fs::perms{0600});
  BOOST_TEST(read_data_key(file, found).text == "");
  BOOST_TEST(found == first_key);
  for (auto& text : {std::string{}, std::string{"a password"}, to_hex(first_key).substr(2)}) {
    write(file, text);
    BOOST_TEST(read_data_key(file, found).text
               == "cannot read a data key (64 hex digits) from " + file.string());
  }
}

BOOST_AUTO_TEST_SUITE_END()
