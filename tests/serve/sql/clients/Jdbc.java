import java.math.BigDecimal;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.Date;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;

/** What pgjdbc, and so DBeaver and most Java tools, does: one line per step, compared by the test. */
public class Jdbc {
  public static void main(String[] args) throws Exception {
    try (Connection connection = DriverManager.getConnection(args[0], "ana", args[1])) {
      metadata(connection);
      parameters(connection);
      cursor(connection);
      cancel(connection);
      refusals(connection);
    }
  }

  static void metadata(Connection connection) throws SQLException {
    DatabaseMetaData meta = connection.getMetaData();
    say("schemas", column(meta.getSchemas(), "TABLE_SCHEM"));
    say("tables", column(meta.getTables(null, "marts", "imaging\\_s%", new String[] {"TABLE"}), "TABLE_NAME"));
    say("columns", column(meta.getColumns(null, "marts", "imaging_series", "s%"), "COLUMN_NAME").subList(0, 3));
    say("remarks", column(meta.getColumns(null, "marts", "imaging_series", "slice_thickness_mm"), "REMARKS"));
    say("key", column(meta.getPrimaryKeys(null, "marts", "imaging_series"), "COLUMN_NAME"));
    say("references", column(meta.getImportedKeys(null, "marts", "imaging_series"), "PKTABLE_NAME"));
    say("referenced", column(meta.getExportedKeys(null, "marts", "imaging_studies"), "FKTABLE_NAME"));
    say("indexes", column(meta.getIndexInfo(null, "marts", "patients", true, false), "COLUMN_NAME"));
    say("types", column(meta.getTypeInfo(), "TYPE_NAME").contains("uuid"));
    say("rights", column(meta.getTablePrivileges(null, "marts", "patients"), "PRIVILEGE").contains("SELECT"));
  }

  /** From the fifth execution on pgjdbc names the statement and takes binary. */
  static void parameters(Connection connection) throws SQLException {
    String sql = "select sex, count(*), avg(birth_year)::numeric(10,2), max(birth_date), bool_or(is_deceased), ?::float8"
        + " from marts.patients where coalesce(birth_year, 1950) > ? and coalesce(birth_date, date '2000-01-01') < ? and sex = any(?) group by sex order by sex";
    List<String> answers = new ArrayList<>();
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      for (int round = 0; round < 8; round++) {
        statement.setDouble(1, 0.1);
        statement.setInt(2, 1900);
        statement.setDate(3, Date.valueOf("2030-01-01"));
        statement.setArray(4, connection.createArrayOf("text", new String[] {"female", "male"}));
        StringBuilder rows = new StringBuilder();
        try (ResultSet result = statement.executeQuery()) {
          while (result.next()) {
            rows.append(result.getString(1)).append(' ').append(result.getLong(2)).append(' ')
                .append(result.getBigDecimal(3)).append(' ').append(result.getDate(4)).append(' ')
                .append(result.getBoolean(5)).append(' ').append(result.getDouble(6)).append(';');
          }
        }
        answers.add(rows.toString());
      }
    }
    say("same in text and binary", answers.stream().distinct().count());
    say("parameters", answers.get(0));
    try (PreparedStatement statement = connection.prepareStatement("select ?::numeric + 1, ?::uuid, ?::timestamptz")) {
      statement.setBigDecimal(1, new BigDecimal("12345678901.25"));
      statement.setString(2, "00000000-0000-0000-0000-000000000001");
      statement.setString(3, "2024-02-29 12:00:00+02");
      try (ResultSet result = statement.executeQuery()) {
        result.next();
        say("values", result.getBigDecimal(1) + " " + result.getObject(2) + " "
            + result.getObject(3, java.time.OffsetDateTime.class).toInstant());
      }
    }
  }

  /** A fetch size makes pgjdbc use portals with row limits. */
  static void cursor(Connection connection) throws SQLException {
    connection.setAutoCommit(false);
    try (Statement statement = connection.createStatement()) {
      statement.setFetchSize(7);
      int rows = 0;
      try (ResultSet result = statement.executeQuery("select g, 'row ' || g from generate_series(1, 100) g")) {
        while (result.next()) rows += result.getInt(1);
      }
      say("cursor", rows);
    }
    connection.commit();
    connection.setAutoCommit(true);
  }

  static void cancel(Connection connection) throws Exception {
    try (Statement statement = connection.createStatement()) {
      AtomicBoolean isOver = new AtomicBoolean();
      Thread canceller = new Thread(() -> {
        try {
          // A request that comes before the query has begun is not for it.
          while (!isOver.get()) {
            statement.cancel();
            Thread.sleep(20);
          }
        } catch (Exception error) {
          throw new RuntimeException(error);
        }
      });
      canceller.start();
      try {
        statement.executeQuery(
            "select count(*) from generate_series(1, 100000000) a, generate_series(1, 1000000) b where a.a * b.b % 7 = 3");
        say("cancel", "not cancelled");
      } catch (SQLException error) {
        say("cancel", error.getSQLState());
      } finally {
        isOver.set(true);
      }
      canceller.join();
    }
  }

  static void refusals(Connection connection) throws SQLException {
    String[] refused = {
      "select * from staging.condition", "insert into marts.patients default values", "select nix from marts.patients", "selct 1",
    };
    for (String sql : refused) {
      try (Statement statement = connection.createStatement()) {
        statement.execute(sql);
        say(sql, "allowed");
      } catch (SQLException error) {
        say(sql, error.getSQLState());
      }
    }
  }

  static List<String> column(ResultSet result, String name) throws SQLException {
    List<String> values = new ArrayList<>();
    try (result) {
      while (result.next()) values.add(result.getString(name));
    }
    return values;
  }

  static void say(String what, Object value) {
    System.out.println(what + ": " + value);
  }
}
